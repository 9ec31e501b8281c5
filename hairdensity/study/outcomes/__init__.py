"""Outcomes: what the arms of a study did, from its tables and its plan.

images -> patients (`values`) -> descriptives, ANCOVA at each visit, mixed model over visits, hair-to-hair change,
responders, dose-response, redness, size of the next trial -> document.
"""

from hairdensity.study.outcomes.analyzing import Outcomes, analyze_outcomes
from hairdensity.study.outcomes.document import OUTCOMES_SCHEMA, outcome_frames, outcome_sources, outcomes_document
from hairdensity.study.outcomes.settling import default_plan

__all__ = [
    "OUTCOMES_SCHEMA",
    "Outcomes",
    "analyze_outcomes",
    "default_plan",
    "outcome_frames",
    "outcome_sources",
    "outcomes_document",
]
