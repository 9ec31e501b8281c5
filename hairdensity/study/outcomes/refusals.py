"""An analysis that the data cannot bear: said with its reason, never a number."""

from __future__ import annotations

from hairdensity.errors import InputError

__all__ = ["RefusedAnalysisError"]


class RefusedAnalysisError(InputError):
    """An analysis cannot be made from these data; the others are."""

    code = "refused_analysis"
