"""Work side by side, and now and then one alone."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["Gate"]


class Gate:
    """Many may be inside at the same time; who wants to be alone waits for them and holds the next ones back."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._n_inside = 0
        self._n_alone = 0
        self._is_taken = False

    @contextmanager
    def shared(self) -> Iterator[None]:
        """Inside with others."""
        with self._changed:
            self._changed.wait_for(lambda: self._n_alone == 0)
            self._n_inside += 1
        try:
            yield
        finally:
            with self._changed:
                self._n_inside -= 1
                self._changed.notify_all()

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Inside without any other."""
        with self._changed:
            self._n_alone += 1
            self._changed.wait_for(lambda: self._n_inside == 0 and not self._is_taken)
            self._is_taken = True
        try:
            yield
        finally:
            with self._changed:
                self._n_alone -= 1
                self._is_taken = False
                self._changed.notify_all()
