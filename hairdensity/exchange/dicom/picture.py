"""The picture as DICOM's Dermoscopic Photography Image (PS3.3, A.32.11): pixels, scale, place and day, no more."""

from __future__ import annotations

from typing import Any, Final

from hairdensity.decoding import jpeg
from hairdensity.exchange.dicom.identity import anatomy_item, laterality_of, line_of, set_equipment, set_study, uid_of
from hairdensity.exchange.examined import Examined
from hairdensity.exchange.pixels import OutgoingPicture
from hairdensity.extras import require

__all__ = ["SOP_CLASS", "dicom_picture"]

SOP_CLASS: Final = "1.2.840.10008.5.1.4.1.1.77.1.7"

_BASELINE_FRAME, _ADOBE = 0xC0, 0xEE
"""Markers of JPEG (ITU-T T.81, table B.1)."""

_LOSSY: Final = {"jpeg": "ISO_10918_1", "webp": "", "heic": "", "avif": ""}
"""Formats of uploads that lose detail, with DICOM's name of the method where it has one."""


def dicom_picture(examined: Examined, picture: OutgoingPicture) -> Any:
    """The picture of a reading.

    A baseline JPEG goes in as it is, everything else as native RGB: what was measured is what is stored.

    Parameters
    ----------
    examined : Examined
    picture : OutgoingPicture

    Returns
    -------
    pydicom.FileDataset
        Ready to be saved; its UID follows from the capture, its bytes and its scale.

    Raises
    ------
    MissingDependencyError
        If pydicom is not installed.
    """
    require("pydicom", doing="DICOM", extra="dicom")
    from pydicom.dataset import FileDataset, FileMetaDataset  # noqa: PLC0415 -- optional
    from pydicom.uid import UID, ExplicitVRLittleEndian, JPEGBaseline8Bit  # noqa: PLC0415

    packed = picture.jpeg if picture.jpeg is not None and _is_baseline(picture.jpeg) else None
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian if packed is None else JPEGBaseline8Bit
    meta.MediaStorageSOPClassUID = UID(SOP_CLASS)
    dataset = FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128)
    _set_identity(dataset, examined)
    meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    set_study(dataset, examined)
    set_equipment(dataset, examined)
    _set_series(dataset, examined)
    _set_dermoscopy(dataset, examined)
    _set_scale(dataset, examined)
    _set_pixels(dataset, picture, packed)
    return dataset


def _set_identity(dataset: Any, examined: Examined) -> None:
    scale = examined.entry["calibration"]
    stated = "" if scale is None else f"{scale['um_per_px']!r} {scale['source']}"
    dataset.SOPClassUID = SOP_CLASS
    dataset.SOPInstanceUID = uid_of("picture", examined.ids.capture, examined.entry["image"]["sha256"], stated)
    dataset.SpecificCharacterSet = "ISO_IR 192"


def _set_series(dataset: Any, examined: Examined) -> None:
    dataset.Modality = "DMS"
    dataset.SeriesInstanceUID = uid_of("pictures", examined.ids.visit, examined.ids.site)
    dataset.SeriesNumber = 1
    dataset.SeriesDescription = line_of(examined.place.title)
    dataset.InstanceNumber = examined.number
    # Each picture has its own: pictures are brought to one frame by a comparison, not when they are taken.
    dataset.FrameOfReferenceUID = uid_of("frame", examined.ids.capture)
    dataset.PositionReferenceIndicator = ""
    dataset.ContentDate = f"{examined.visit_day:%Y%m%d}"
    dataset.ContentTime = "000000"
    dataset.AcquisitionDateTime = f"{examined.visit_day:%Y%m%d}"
    dataset.ImageType = ["ORIGINAL", "PRIMARY"]
    dataset.PatientOrientation = ""
    side = laterality_of(examined)
    dataset.ImageLaterality = side[0].upper() if side else "U"
    dataset.AnatomicRegionSequence = [anatomy_item(examined)]
    dataset.AcquisitionContextSequence = []


def _set_dermoscopy(dataset: Any, examined: Examined) -> None:
    """Set what the module asks for; nobody was asked about light and contact, so these stay empty."""
    # A piece of scalp at this magnification shows nobody's face.
    dataset.RecognizableVisualFeatures = "NO"
    dataset.LightSourcePolarization = ""
    dataset.EmitterColorTemperature = None
    dataset.ContactMethod = ""
    dataset.OpticalMagnificationFactor = None


def _set_scale(dataset: Any, examined: Examined) -> None:
    scale = examined.entry["calibration"]
    if scale is None:
        return
    mm_per_px = f"{scale['um_per_px'] / 1000.0:.10g}"
    dataset.PixelSpacing = [mm_per_px, mm_per_px]
    dataset.PixelSpacingCalibrationType = "FIDUCIAL"
    dataset.PixelSpacingCalibrationDescription = line_of(scale["source"])


def _set_pixels(dataset: Any, picture: OutgoingPicture, packed: bytes | None) -> None:
    from pydicom.encaps import encapsulate  # noqa: PLC0415

    height, width = picture.pixels.shape[:2]
    dataset.Rows, dataset.Columns = height, width
    dataset.SamplesPerPixel = 3
    dataset.PlanarConfiguration = 0
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = 8, 8, 7
    dataset.PixelRepresentation = 0
    dataset.PhotometricInterpretation = "RGB" if packed is None else "YBR_FULL_422"
    _set_loss(dataset, picture)
    raw = picture.pixels.tobytes()
    dataset.PixelData = raw + b"\0" * (len(raw) % 2) if packed is None else encapsulate([packed])
    dataset["PixelData"].VR = "OB"


def _set_loss(dataset: Any, picture: OutgoingPicture) -> None:
    """Set whether detail was lost before: stays true whatever the pixels are stored as now (PS3.3, C.7.6.1.1.5)."""
    is_lossy = picture.source_format in _LOSSY
    dataset.LossyImageCompression = "01" if is_lossy else "00"
    method = _LOSSY.get(picture.source_format, "")
    if method:
        dataset.LossyImageCompressionRatio = f"{picture.pixels.nbytes / picture.source_bytes:.4g}"
        dataset.LossyImageCompressionMethod = method


def _is_baseline(data: bytes) -> bool:
    """A sequential color JPEG of 8 bit in YCbCr: what DICOM's JPEG Baseline takes."""
    is_baseline, is_rgb = False, False
    for marker, start, end in jpeg.segments(data):
        content = data[start:end]
        if marker == _BASELINE_FRAME:
            is_baseline = content[0] == 8 and content[5] == 3
        elif marker == _ADOBE and content.startswith(b"Adobe"):
            is_rgb = content[11:12] == b"\0"
    return is_baseline and not is_rgb
