"""Results of a study by picture and by pair: from the ledger, or the fault that left nothing to look up there."""

from __future__ import annotations

from dataclasses import dataclass, field

from hairdensity.study.keys import compare_key
from hairdensity.study.ledger import Entry, Ledger
from hairdensity.study.planning import Pair, Picture

__all__ = ["Identity", "Results"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """By what a picture's result is known, or why it has none.

    Parameters
    ----------
    key : str
        Empty for a fault.
    image_sha256, settings_sha256 : str
        Empty where they could not be told.
    code, message : str
        Of a file that is not there, or a request that cannot be read: told again by each run, never kept.
    """

    key: str = ""
    image_sha256: str = ""
    settings_sha256: str = ""
    code: str = ""
    message: str = ""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Results:
    """What is known of each picture and pair of a study.

    Parameters
    ----------
    ledger : Ledger
    comparison_sha256 : str
        Hash of the settings of comparisons.
    identities : dict
        Of each picture, by its row.
    passing : dict
        Faults by key that hold for this run alone.
    """

    ledger: Ledger
    comparison_sha256: str
    identities: dict[int, Identity] = field(default_factory=dict)
    passing: dict[str, Entry] = field(default_factory=dict)

    def of(self, picture: Picture) -> Entry:
        """What became of a picture.

        Raises
        ------
        KeyError
            If it was not handled.
        """
        identity = self.identities[picture.row]
        if identity.code:
            return Entry(kind="score", code=identity.code, message=identity.message)
        return self._entry(identity.key)

    def of_pair(self, pair: Pair) -> Entry:
        """What became of a comparison; the fault of a picture where one has no result."""
        for name, picture in (("baseline", pair.baseline), ("follow-up", pair.follow_up)):
            entry = self.of(picture)
            if entry.code:
                return Entry(kind="compare", code=entry.code, message=f"the {name} has no result: {entry.message}")
        return self._entry(self.key_of_pair(pair))

    def key_of_pair(self, pair: Pair) -> str:
        """Key of a comparison of two pictures that have keys."""
        baseline, follow_up = (self.identities[picture.row].key for picture in pair.pictures)
        control = self.control_of(pair)
        return compare_key(
            baseline_key=baseline,
            follow_up_key=follow_up,
            settings_sha256=self.comparison_sha256,
            control_keys=[] if control is None else [self.identities[picture.row].key for picture in control.pictures],
        )

    def control_of(self, pair: Pair) -> Pair | None:
        """Its control, where both pictures of it have a result."""
        control = pair.control
        if control is None or any(self.of(picture).code for picture in control.pictures):
            return None
        return control

    def _entry(self, key: str) -> Entry:
        entry = self.passing.get(key) or self.ledger.get(key)
        if entry is None:
            raise KeyError(key)
        return entry
