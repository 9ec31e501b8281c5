"""What a person corrects on a reading: edits turn an Analysis into another Analysis, measured anew."""

from hairdensity.correction.applying import apply_edits
from hairdensity.edits import Edit, edit_values, parse_edits

__all__ = ["Edit", "apply_edits", "edit_values", "parse_edits"]
