"""DICOM: the same object from the same reading, read back by other programs, no error found by a validator."""

import io
import shutil
import subprocess

import numpy as np
import pydicom
import pytest
from highdicom.sr import ComprehensiveSR
from pydicom.encaps import generate_frames

from hairdensity.exchange.concepts import CODES
from hairdensity.exchange.dicom import dicom_files
from hairdensity.exchange.examined import Place
from hairdensity.exchange.pixels import OutgoingPicture
from hairdensity.metrics import METRICS
from tests.handed_on import REVIEW, entry, examined, jpeg, pixels

LEFT = Place(code="temporal_left", name="Left temporal", snomed="43067004", label="hairline")


def outgoing(*, with_jpeg=True, source="jpeg", size=(60, 80)):
    return OutgoingPicture(
        pixels=pixels(*size), jpeg=jpeg() if with_jpeg else None, source_format=source, source_bytes=2880
    )


def corrected(**changes):
    facts = {"entry": entry(density=160.0), "automatic": entry(), "reason": "a hair cut off", "corrected_by": REVIEW}
    return examined(**(facts | {"review": REVIEW} | changes))


def read(reading, picture=None):
    files = dicom_files(reading, picture or outgoing())
    return [pydicom.dcmread(io.BytesIO(files[name])) for name in ("picture.dcm", "report.dcm")]


@pytest.mark.parametrize("make", [examined, corrected])
def test_a_second_export_is_the_same_object(make):
    assert dicom_files(make(), outgoing()) == dicom_files(make(), outgoing())


def test_names_of_objects_are_derived():
    picture, report = read(examined())
    again, _ = read(examined(patient_code="P-0143"))
    assert picture.SOPInstanceUID.startswith("2.25.")
    assert again.SOPInstanceUID == picture.SOPInstanceUID
    assert report.StudyInstanceUID == picture.StudyInstanceUID
    assert report.SeriesInstanceUID != picture.SeriesInstanceUID
    rescaled, _ = read(examined(entry=entry(um_per_px=6.0)))
    assert rescaled.SOPInstanceUID != picture.SOPInstanceUID


def test_a_jpeg_goes_in_as_it_is():
    picture, _ = read(examined())
    assert picture.file_meta.TransferSyntaxUID == pydicom.uid.JPEGBaseline8Bit
    assert next(generate_frames(picture.PixelData, number_of_frames=1)).rstrip(b"\0") == jpeg().rstrip(b"\0")
    assert (picture.LossyImageCompression, picture.PhotometricInterpretation) == ("01", "YBR_FULL_422")
    assert float(picture.LossyImageCompressionRatio) == 60 * 80 * 3 / 2880


@pytest.mark.parametrize(("source", "lossy"), [("png", "00"), ("heic", "01")])
def test_other_pictures_go_in_pixel_by_pixel(source, lossy):
    picture, _ = read(examined(), outgoing(with_jpeg=False, source=source, size=(61, 81)))
    assert np.array_equal(picture.pixel_array, pixels(61, 81))
    assert picture.LossyImageCompression == lossy
    assert len(picture.PixelData) % 2 == 0


def test_a_progressive_or_gray_jpeg_goes_in_pixel_by_pixel():
    progressive = jpeg().replace(b"\xff\xc0", b"\xff\xc2", 1)
    gray = jpeg("Gray")
    for data in (progressive, gray):
        picture = OutgoingPicture(pixels=pixels(), jpeg=data, source_format="jpeg", source_bytes=len(data))
        assert read(examined(), picture)[0].PhotometricInterpretation == "RGB"


def test_scale_and_place_are_said():
    picture, _ = read(examined(place=LEFT))
    assert [float(value) for value in picture.PixelSpacing] == [0.005, 0.005]
    assert picture.PixelSpacingCalibrationDescription == "given"
    (region,) = picture.AnatomicRegionSequence
    assert (region.CodeValue, region.AnatomicRegionModifierSequence[0].CodeMeaning) == ("43067004", "Left temporal")
    assert picture.ImageLaterality == "L"
    assert "PixelSpacing" not in read(examined(entry=entry(um_per_px=None)))[0]


def test_nobody_is_named():
    for dataset in read(corrected()):
        assert "reader-7" not in str(dataset)
        assert (dataset.PatientID, str(dataset.PatientName)) == ("P-0142", "P-0142^")
        assert (dataset.PatientBirthDate, dataset.PatientSex, dataset.PatientIdentityRemoved) == ("", "", "YES")


def test_a_code_cannot_become_two_values():
    picture, _ = read(examined(patient_code="P\\1^Doe=x"))
    assert picture.PatientID == "P/1^Doe=x"
    assert str(picture.PatientName) == "P/1 Doe x^"


def nums(report):
    """Value, unit and uncertainties by code, of each group of measurements."""
    groups = []
    for item in report.ContentSequence:
        if item.ConceptNameCodeSequence[0].CodeValue == "126010":
            groups += [group_nums(group) for group in item.ContentSequence]
    return groups


def group_nums(group):
    found = {}
    for item in group.ContentSequence:
        if item.ValueType == "NUM":
            (measured,) = item.MeasuredValueSequence
            spread = [
                float(part.MeasuredValueSequence[0].NumericValue)
                for part in item.get("ContentSequence", [])
                if part.ValueType == "NUM"
            ]
            unit = measured.MeasurementUnitsCodeSequence[0].CodeValue
            found[item.ConceptNameCodeSequence[0].CodeValue] = (float(measured.NumericValue), unit, sorted(spread))
    return found


def test_the_report_has_every_figure_with_its_interval():
    (group,) = nums(read(examined())[1])
    assert group["DENSITY"] == (150.0, "/cm2", [30.0, 30.0])
    assert group["DIAM_MEDIAN"] == (40.0, "um", [8.0, 8.0])
    assert group["CUMULATIVE_DIAM"][1] == "mm/cm2"
    assert group["N_HAIRS"] == (2.0, "{hairs}", [])
    assert set(group) == set(CODES.values())


def test_without_a_scale_nothing_is_said_in_um():
    (group,) = nums(read(examined(entry=entry(um_per_px=None)))[1])
    assert {unit for _, unit, _ in group.values()} == {"1", "{hairs}", "{units}"}


def test_a_corrected_report_keeps_the_automatic_figures():
    first, second = nums(read(corrected())[1])
    assert (first["DENSITY"][0], second["DENSITY"][0]) == (160.0, 150.0)


def test_a_review_makes_it_final_and_another_object():
    _, preliminary = read(examined())
    _, final = read(examined(review=REVIEW))
    assert (preliminary.PreliminaryFlag, preliminary.VerificationFlag) == ("PRELIMINARY", "UNVERIFIED")
    assert (final.PreliminaryFlag, final.VerificationFlag) == ("FINAL", "VERIFIED")
    assert final.VerifyingObserverSequence[0].VerifyingObserverName == "0123456789abcdef^"
    assert final.SOPInstanceUID != preliminary.SOPInstanceUID


def test_the_area_is_a_closed_line_on_the_picture():
    picture, report = read(examined())
    (group,) = ComprehensiveSR.from_dataset(report).content.get_planar_roi_measurement_groups()
    corners = group.roi.value
    assert corners.tolist() == [[0, 0], [60, 0], [60, 50], [0, 50], [0, 0]]
    (source,) = report.CurrentRequestedProcedureEvidenceSequence[0].ReferencedSeriesSequence[0].ReferencedSOPSequence
    assert source.ReferencedSOPInstanceUID == picture.SOPInstanceUID


def test_codes_fit_and_leave_out_only_other_units():
    assert len(set(CODES.values())) == len(CODES)
    assert max(map(len, CODES.values())) <= 16
    left_out = {info.name for info in METRICS} - set(CODES)
    assert left_out == {
        "n_hairs_by_ends",
        "density_per_inch2",
        "unit_density_per_inch2",
        "median_diameter_px",
        "diameter_histogram",
    }


DCIODVFY = shutil.which("dciodvfy")


@pytest.mark.skipif(DCIODVFY is None, reason="dciodvfy (Debian's dicom3tools) is not installed")
@pytest.mark.parametrize(
    ("reading", "picture"),
    [
        (examined(), outgoing()),
        (corrected(place=LEFT), outgoing(with_jpeg=False, source="png", size=(61, 81))),
        (examined(entry=entry(um_per_px=None), model=None), outgoing()),
        (examined(patient_code="患者-7", clinic="Клиника"), outgoing()),
    ],
)
def test_a_validator_finds_no_error(reading, picture, tmp_path):
    for name, data in dicom_files(reading, picture).items():
        (tmp_path / name).write_bytes(data)
        said = subprocess.run([DCIODVFY, tmp_path / name], capture_output=True, text=True, check=False)  # noqa: S603 -- our own files
        lines = (said.stdout + said.stderr).splitlines()
        assert any(line in ("DermoscopicPhotographyImage", "ComprehensiveSR") for line in lines)
        assert [line for line in lines if line.startswith(("Error", "Abort"))] == []
