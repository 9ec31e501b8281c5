"""Why a job failed, and what to do about it, in words for a clinician."""

from __future__ import annotations

from hairdensity.store.models import Job

__all__ = ["remedy_of"]

_NEW_FILE = "Then upload the new file at the same visit; this picture can be deleted."
"""Messages of decoding say themselves how to make one."""

_REMEDIES = {
    "poison": "Save the picture again as PNG or JPEG, smaller if it is very large, and upload that. The other pictures "
    "are not affected.",
    "truncated": _NEW_FILE,
    "undecodable": _NEW_FILE,
    "unsupported_format": _NEW_FILE,
    "too_large": _NEW_FILE,
    "calibration": "Set the scale of the picture anew.",
    "target_area": "Draw the target area on skin that can be seen, or take the picture again.",
    "storage": "Make room on the disk of the data folder, then try again.",
    "missing_resource": "The installation is damaged: ask your admin to install it again.",
}

_OTHERWISE = "Try again; if it fails once more, tell your admin."


def remedy_of(job: Job) -> str:
    """What a person can do about a job that failed."""
    return _REMEDIES.get(job.error_code or "", _OTHERWISE)
