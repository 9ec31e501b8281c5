"""From a file's bytes to upright RGB: magic bytes, header limits, then one strict decoder per format."""

from __future__ import annotations

import threading
import warnings
from collections.abc import Callable
from dataclasses import replace

from PIL import Image

from hairdensity.decoding import bmp, heif, jpeg, png, tiff, webp
from hairdensity.decoding.contract import DEFAULT_LIMITS, Decoded, DecodeLimits
from hairdensity.decoding.sniffing import sniff
from hairdensity.errors import DecodingError, HairDensityError, MissingDependencyError
from hairdensity.flags import ImageFlag

__all__ = ["DEFAULT_LIMITS", "DecodeLimits", "Decoded", "decode"]


def _decode_dicom(data: bytes, limits: DecodeLimits) -> Decoded:
    try:
        from hairdensity.decoding import dicom  # noqa: PLC0415 - needs an extra, and 0.2 s that other formats save
    except ImportError as error:
        raise MissingDependencyError("DICOM files need pydicom: pip install 'hairdensity[dicom]'") from error
    return dicom.decode(data, limits)


DECODERS: dict[str, Callable[[bytes, DecodeLimits], Decoded]] = {
    "jpeg": jpeg.decode,
    "png": png.decode,
    "tiff": tiff.decode,
    "webp": webp.decode,
    "bmp": bmp.decode,
    "heic": heif.decode_heic,
    "avif": heif.decode_avif,
    "dicom": _decode_dicom,
}

# Python's warning filters belong to the process: two threads that record warnings would undo each other.
_RECORDING = threading.Lock()


def decode(data: bytes, *, limits: DecodeLimits = DEFAULT_LIMITS) -> tuple[str, Decoded]:
    """Decode a file's bytes.

    Returns
    -------
    file_format : str
        As in ``ImageMetadata.file_format``.
    decoded : Decoded

    Raises
    ------
    DecodingError
        With its subclasses, whatever is wrong with the bytes.
    MissingDependencyError
        When the format needs an extra.
    """
    limits.check_bytes(len(data))
    file_format = sniff(data)
    try:
        with _RECORDING, warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            # The limits here replace Pillow's own.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            decoded = DECODERS[file_format](data, limits)
    except HairDensityError:
        raise
    except Exception as error:
        raise _as_decoding_error(file_format, error) from error
    if caught:
        decoded = replace(decoded, flags=decoded.flags | ImageFlag.DECODER_WARNING)
    return file_format, decoded


def _as_decoding_error(file_format: str, error: Exception) -> DecodingError:
    """The reason without the decoder's own words: those of pydicom quote tags, which may name a person."""
    if isinstance(error, MemoryError):
        return DecodingError(f"the {file_format} picture needs more memory than is free; crop it, or close programs")
    kind = type(error).__name__
    return DecodingError(f"the {file_format} data cannot be decoded ({kind}); copy the file again or export it as PNG")
