"""What the analyses have to say beside their tables."""

from __future__ import annotations

from collections.abc import Iterable

__all__ = ["Log"]


class Log:
    """Notes and refusals, collected while the tables are made.

    A note is said once, however many models it holds for; refusals are kept for each analysis, see
    `hairdensity.study.outcomes.wording.grouped_refusals`.
    """

    def __init__(self) -> None:
        self._notes: dict[str, list[str]] = {}
        self._refused: dict[str, list[str]] = {}

    @property
    def notes(self) -> tuple[str, ...]:
        """In the order in which they came up, with what they hold for."""
        return tuple(f"{_named(whats)}: {note}" if whats else note for note, whats in self._notes.items())

    @property
    def refused(self) -> tuple[dict[str, str], ...]:
        """``what`` was not analyzed, and the ``reason``: a row for each analysis, those of one reason together."""
        return tuple(
            {"what": what, "reason": reason} for reason, whats in self._refused.items() for what in whats or [""]
        )

    def note(self, what: str, notes: Iterable[str]) -> None:
        """Keep notes about an analysis; with an empty ``what``, about all."""
        for note in notes:
            _keep(self._notes, note, what)

    def refuse(self, what: str, reason: Exception | str) -> None:
        """Keep the reason of an analysis that was not made."""
        _keep(self._refused, str(reason), what)


def _keep(kept: dict[str, list[str]], text: str, what: str) -> None:
    whats = kept.setdefault(text, [])
    if what and what not in whats:
        whats.append(what)


def _named(whats: list[str]) -> str:
    return whats[0] if len(whats) == 1 else f"{whats[0]}, and {len(whats) - 1} more analyses"
