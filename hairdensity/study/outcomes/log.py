"""What the analyses have to say beside their tables."""

from __future__ import annotations

from collections.abc import Iterable

__all__ = ["Log"]


class Log:
    """Notes and refusals, collected while the tables are made.

    Parameters
    ----------
    notes : list of str
    refused : list of dict
        ``what`` was not analyzed, and the ``reason``.
    """

    def __init__(self) -> None:
        self.notes: list[str] = []
        self.refused: list[dict[str, str]] = []

    def note(self, what: str, notes: Iterable[str]) -> None:
        """Keep notes, each once."""
        self.notes += [line for note in notes if (line := f"{what}: {note}" if what else note) not in self.notes]

    def refuse(self, what: str, reason: Exception | str) -> None:
        """Keep the reason of an analysis that was not made."""
        self.refused.append({"what": what, "reason": str(reason)})
