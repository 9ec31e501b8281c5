"""How what a person waits for reaches a worker, as the functions of this package take it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

__all__ = ["Ask"]

Ask: TypeAlias = Callable[[str, dict[str, Any], float], dict[str, Any]]
"""`clinic.queue.Queue.ask`: a kind of task, the task, seconds to wait."""
