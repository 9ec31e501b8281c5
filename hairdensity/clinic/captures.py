"""Pictures of a site at a visit: their scale and area set, moved, deleted."""

from __future__ import annotations

from hairdensity.clinic.scales import scale_request

__all__ = ["scale_request"]
