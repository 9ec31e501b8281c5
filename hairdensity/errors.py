"""The exception tree: every message says what was asked, what it got and the remedy.

The core raises these; the faces (command line, web) catch them. ``code`` is the stable, machine-readable name of the
fault: it stands in the ``errors`` rows of the JSON document.
"""

from __future__ import annotations

__all__ = [
    "BusyError",
    "CalibrationError",
    "ConflictError",
    "DecodingError",
    "HairDensityError",
    "ImageTooLargeError",
    "InputError",
    "MissingDependencyError",
    "NotAllowedError",
    "NotFoundError",
    "ResourceError",
    "StorageError",
    "TargetAreaError",
    "TruncatedImageError",
    "UnsupportedFormatError",
]


class HairDensityError(Exception):
    """Root of everything this package raises on purpose."""

    code = "error"


class InputError(HairDensityError, ValueError):
    """An argument or a file is not what the function asks for."""

    code = "bad_input"


class DecodingError(InputError):
    """A file's bytes cannot be decoded to a picture."""

    code = "undecodable"


class UnsupportedFormatError(DecodingError):
    """The bytes are no image format that this package reads."""

    code = "unsupported_format"


class TruncatedImageError(DecodingError):
    """The file ends before its picture does, or its data are damaged."""

    code = "truncated"


class ImageTooLargeError(DecodingError):
    """The header announces more pixels or bytes than the limits allow."""

    code = "too_large"


class CalibrationError(InputError):
    """A scale is missing, contradictory or implausible for microscopy."""

    code = "calibration"


class TargetAreaError(InputError):
    """A target area is empty, outside the picture or asks for a scale that is not known."""

    code = "target_area"


class MissingDependencyError(HairDensityError, ImportError):
    """An optional library is needed; the message names the extra that installs it."""

    code = "missing_dependency"


class ResourceError(HairDensityError):
    """A file that the package brings itself is missing: the installation is damaged."""

    code = "missing_resource"


class NotFoundError(HairDensityError, LookupError):
    """What was asked for is not there, or belongs to somebody else."""

    code = "not_found"


class NotAllowedError(HairDensityError):
    """Who asks is known, and may not do this."""

    code = "not_allowed"


class ConflictError(HairDensityError):
    """It cannot be done as things are now: a name is taken, or somebody was faster."""

    code = "conflict"


class BusyError(HairDensityError):
    """Too much at once; the same may work a little later."""

    code = "busy"


class StorageError(HairDensityError):
    """A result cannot be written: the disk is full, or the folder is read-only."""

    code = "storage"
