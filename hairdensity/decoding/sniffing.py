"""Which format a file's first bytes claim, and whether it is a second kind of file as well."""

from __future__ import annotations

import re
import struct

from hairdensity.errors import UnsupportedFormatError

__all__ = ["sniff", "what_follows"]

READ = "JPEG, PNG, TIFF, WebP, BMP, HEIC, AVIF and DICOM are read"
TIFF_MAGICS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
HEIC_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"})
AVIF_BRANDS = frozenset({b"avif", b"avis"})
BMP_HEADER_SIZES = frozenset({12, 40, 52, 56, 64, 108, 124})

FOREIGN_MAGICS = {
    b"GIF8": "a GIF",
    b"%PDF": "a PDF document",
    b"PK\x03\x04": "a ZIP archive or office document",
    b"PK\x05\x06": "an empty ZIP archive",
    b"\x1f\x8b": "a gzip archive",
    b"7z\xbc\xaf": "a 7-Zip archive",
    b"Rar!": "a RAR archive",
    b"8BPS": "a Photoshop document",
    b"\0\0\0\x0cjP  ": "a JPEG 2000 picture",
    b"\xff\x4f\xff\x51": "a JPEG 2000 picture",
    b"\xff\x0a": "a JPEG XL picture",
    b"\0\0\0\x0cJXL ": "a JPEG XL picture",
    b"MZ": "a program",
    b"\x7fELF": "a program",
}

DOCUMENT = re.compile(rb"<script|<html|<svg[ >\r\n]|<!doctype|<\?php|%pdf-", re.IGNORECASE)
DOCUMENT_REACH = 1024
"""Bytes at both ends in which programs look for a document's beginning."""

MOST_TAIL = 4_000_000
"""Bytes behind a picture that are searched."""

ZIP_END, ZIP_END_SIZE, ZIP_COMMENT_MAX = b"PK\x05\x06", 22, 65_535


def sniff(data: bytes) -> str:
    """Name of the picture format, as in ``ImageMetadata.file_format``.

    Raises
    ------
    UnsupportedFormatError
        When the bytes are no format that is read, or two kinds of file at once.
    """
    claims = [name for name, claimed in _claims(data).items() if claimed]
    if not claims:
        raise UnsupportedFormatError(f"the file is {_describe(data)}; {READ}: export the picture as one of them")
    second = _second_kind(data, claims)
    if second:
        raise UnsupportedFormatError(
            f"the file is a {claims[0].upper()} picture and {second} at once, which no camera writes; "
            "export the picture again"
        )
    return claims[0]


def what_follows(tail: memoryview) -> str:
    """What the bytes behind a picture are, where they are something that another program would open; else nothing.

    Phones put videos, depth maps and smaller pictures there.
    """
    reach = bytes(tail[:MOST_TAIL])
    if not reach:
        return ""
    for magic, name in FOREIGN_MAGICS.items():
        if reach.startswith(magic):
            return name
    if b"PK\x03\x04" in reach and ZIP_END in reach:
        return "a ZIP archive"
    return "a document or script" if DOCUMENT.search(reach) else ""


def _claims(data: bytes) -> dict[str, bool]:
    """Formats and whether the magic bytes name them."""
    brands = _brands(data)
    return {
        "jpeg": data.startswith(b"\xff\xd8\xff"),
        "png": data.startswith(b"\x89PNG\r\n\x1a\n"),
        "tiff": data.startswith(TIFF_MAGICS),
        "webp": data.startswith(b"RIFF") and data[8:12] == b"WEBP",
        "bmp": data.startswith(b"BM") and int.from_bytes(data[14:18], "little") in BMP_HEADER_SIZES,
        "avif": bool(AVIF_BRANDS & brands),
        "heic": bool(HEIC_BRANDS & brands) and not AVIF_BRANDS & brands,
        "dicom": data[128:132] == b"DICM",
    }


def _brands(data: bytes) -> frozenset[bytes]:
    """Brands that an ISO media file (HEIC, AVIF, MP4) lists in its first box."""
    if data[4:8] != b"ftyp":
        return frozenset()
    box = data[8 : min(int.from_bytes(data[:4], "big"), 256)]
    return frozenset(box[at : at + 4] for at in range(0, len(box) - 3, 4) if at != 4)


def _second_kind(data: bytes, claims: list[str]) -> str:
    """What else the file is, or nothing."""
    if len(claims) > 1:
        return f"a {claims[1].upper()} picture"
    if claims == ["dicom"] and any(data[:128]):
        return "another file in front of it"
    if _ends_as_zip(data):
        return "a ZIP archive"
    if DOCUMENT.search(data[:DOCUMENT_REACH]) or DOCUMENT.search(data[-DOCUMENT_REACH:]):
        return "a document or script"
    return ""


def _ends_as_zip(data: bytes) -> bool:
    """Whether the end of the file is a ZIP directory whose comment ends exactly there."""
    tail = data[-(ZIP_END_SIZE + ZIP_COMMENT_MAX) :]
    at = tail.rfind(ZIP_END)
    if at < 0 or at + ZIP_END_SIZE > len(tail):
        return False
    return at + ZIP_END_SIZE + int(struct.unpack_from("<H", tail, at + 20)[0]) == len(tail)


def _describe(data: bytes) -> str:
    """What unreadable bytes are, for the message."""
    for magic, name in FOREIGN_MAGICS.items():
        if data.startswith(magic):
            return name
    if data[4:8] == b"ftyp":
        return "a video or a picture of an unknown kind"
    if data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        return "an SVG, HTML or XML document"
    return "no picture of a known format"
