"""What was found about agreement, as one JSON document."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any, Final

from hairdensity.report.values import plain
from hairdensity.resources import package_version
from hairdensity.study.agreement.analysis import Agreement, Classes
from hairdensity.study.agreement.bland_altman import BlandAltman
from hairdensity.study.comparable import Refusal

__all__ = ["AGREEMENT_SCHEMA", "agreement_document"]

AGREEMENT_SCHEMA: Final = "hairdensity/agreement-1"


def agreement_document(
    analyses: Sequence[Agreement], refused: Sequence[Refusal], *, sources: Mapping[str, Any]
) -> dict[str, Any]:
    """The document of all analyses; what cannot be stated is null.

    Parameters
    ----------
    analyses : sequence of Agreement
    refused : sequence of Refusal
    sources : mapping
        Files and hashes that the readings come from.
    """
    return {
        "schema": AGREEMENT_SCHEMA,
        "version": package_version(),
        "sources": dict(sources),
        "analyses": [_described(analysis) for analysis in analyses],
        "refused": [{"what": refusal.what, "reason": refusal.reason} for refusal in refused],
    }


def _described(found: Agreement) -> dict[str, Any]:
    comparison = found.comparison
    described = {
        "figure": comparison.figure,
        "unit": comparison.unit,
        "kind": comparison.kind,
        "raters": list(comparison.raters),
        "n_subjects": found.n_subjects,
        "n_readings": found.n_readings,
        "n_patients": found.n_patients,
        "n_incomplete": found.n_incomplete,
        "clustered": found.clustered,
        "icc": [asdict(icc) for icc in found.icc],
        "bland_altman": _bland_altman(found, found.bland_altman) if found.bland_altman else None,
        "repeatability": asdict(found.repeatability) if found.repeatability else None,
        "concordance": asdict(found.concordance) if found.concordance else None,
        "kappa": _kappa(found.kappa) if found.kappa else None,
        "notes": list(found.notes),
    }
    return {name: plain(value) for name, value in described.items()}


def _bland_altman(found: Agreement, analysis: BlandAltman) -> dict[str, Any]:
    described = asdict(analysis)
    limits = described.pop("difference")
    return {
        "difference": f"{found.comparison.raters[0]} - {found.comparison.raters[1]}",
        **limits,
        **described,
        "points": {
            "first": found.pairs[:, 0].tolist(),
            "second": found.pairs[:, 1].tolist(),
            "patient": list(found.pair_patients),
        },
    }


def _kappa(classes: Classes) -> dict[str, Any]:
    return {
        "classes": classes.classes.tolist(),
        "table": classes.table.astype(int).tolist(),
        "kappas": [asdict(kappa) for kappa in classes.kappas],
    }
