"""What was measured, as a structured report of template TID 1500 that refers to the picture."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import numpy as np

from hairdensity.exchange.concepts import ANATOMY, SCHEME, SIDES, Figure, figures_of
from hairdensity.exchange.dicom.identity import (
    MANUFACTURER,
    laterality_of,
    line_of,
    set_equipment,
    set_study,
    uid_of,
)
from hairdensity.exchange.examined import Examined
from hairdensity.extras import require

__all__ = ["dicom_report"]

_UNIT_MEANINGS: Final = {
    "1": "no units",
    "/cm2": "per square centimeter",
    "um": "micrometer",
    "mm/cm2": "millimeter per square centimeter",
    "mm2/cm2": "square millimeter per square centimeter",
    "{hairs}": "hairs",
    "{units}": "follicular units",
}


def dicom_report(examined: Examined, picture: Any) -> Any:
    """The report of a reading.

    One group of measurements on the target area; of a corrected reading a second one with the automatic figures.
    Uncertainties are the distances to the ends of the 95 % interval. A reading that somebody has reviewed is final and
    verified by that person's code, any other preliminary.

    Parameters
    ----------
    examined : Examined
    picture : pydicom.Dataset
        From `dicom_picture`.

    Returns
    -------
    highdicom.sr.ComprehensiveSR
        Its UID follows from the reading, its review and the picture's UID.

    Raises
    ------
    MissingDependencyError
        If highdicom is not installed.
    """
    require("highdicom", doing="structured reports", extra="dicom")
    from highdicom import sr  # noqa: PLC0415 -- optional

    review = examined.review
    uid = uid_of("report", examined.ids.reading, picture.SOPInstanceUID, "" if review is None else str(review.at))
    report = sr.ComprehensiveSR(
        evidence=[picture],
        content=_content(examined, picture),
        series_instance_uid=uid_of("reports", examined.ids.visit, examined.ids.site),
        series_number=2,
        sop_instance_uid=uid,
        instance_number=examined.number,
        manufacturer=MANUFACTURER,
        is_complete=True,
        is_final=review is not None,
        is_verified=review is not None,
        verifying_observer_name=None if review is None else f"{review.code}^",
        verifying_organization=None if review is None else line_of(examined.clinic),
        series_description=line_of(f"Hairs: {examined.place.title}"),
    )
    set_study(report, examined)
    set_equipment(report, examined)
    report.SpecificCharacterSet = "ISO_IR 192"
    _set_moments(report, examined)
    return report


def _set_moments(report: Any, examined: Examined) -> None:
    """Set when it was measured and reviewed, not when it is exported: the same reading is the same object."""
    report.ContentDate = f"{examined.made_at:%Y%m%d}"
    report.ContentTime = f"{examined.made_at:%H%M%S}"
    for name in ("InstanceCreationDate", "InstanceCreationTime", "SeriesDate", "SeriesTime", "TimezoneOffsetFromUTC"):
        if name in report:
            del report[name]
    for equipment in report.get("ContributingEquipmentSequence", []):
        # highdicom names itself and the moment.
        equipment.ContributionDateTime = f"{examined.made_at:%Y%m%d%H%M%S}"
    if examined.review is not None:
        report.VerifyingObserverSequence[0].VerificationDateTime = f"{examined.review.at:%Y%m%d%H%M%S}"


def _content(examined: Examined, picture: Any) -> Any:
    from highdicom import sr  # noqa: PLC0415

    groups = [_group(examined, examined.entry, picture, kind=examined.kind)]
    if examined.automatic is not None:
        groups.append(_group(examined, examined.automatic, picture, kind="automatic"))
    return sr.MeasurementReport(
        observation_context=sr.ObservationContext(
            observer_person_context=_person(examined), observer_device_context=_device(examined)
        ),
        procedure_reported=_private("TRICHOSCOPY", "Trichoscopy of a target area"),
        imaging_measurements=groups,
        title=_dcm("126000", "Imaging Measurement Report"),
    )


def _group(examined: Examined, entry: dict[str, Any], picture: Any, *, kind: str) -> Any:
    from highdicom import sr  # noqa: PLC0415

    name = f"{examined.patient_code} {examined.place.code} {examined.visit_day} {examined.number} {kind}"
    uid = uid_of("measurements", examined.ids.reading, kind)
    return sr.PlanarROIMeasurementsAndQualitativeEvaluations(
        tracking_identifier=sr.TrackingIdentifier(uid=uid, identifier=name),
        referenced_region=_region(entry, picture),
        finding_type=_sct("386045008", "Hair"),
        method=_private(*_METHODS[kind]),
        algorithm_id=_algorithm(examined, entry),
        finding_sites=[_site(examined)],
        session=kind,
        measurements=list(_measurements(entry)),
    )


_METHODS: Final = {
    "automatic": ("AUTOMATIC", "Found and measured by the program"),
    "corrected": ("CORRECTED", "Found by the program, corrected by a person, then measured"),
}


def _measurements(entry: dict[str, Any]) -> Iterator[Any]:
    for figure in figures_of(entry["metrics"]):
        yield _measurement(figure)


def _measurement(figure: Figure) -> Any:
    from highdicom import sr  # noqa: PLC0415

    unit = sr.CodedConcept(figure.unit, "UCUM", _UNIT_MEANINGS[figure.unit])
    properties = None
    if figure.low is not None and figure.high is not None:
        properties = sr.MeasurementProperties(
            upper_measurement_uncertainty=_short(max(figure.high - figure.value, 0.0)),
            lower_measurement_uncertainty=_short(max(figure.value - figure.low, 0.0)),
        )
    name = _private(figure.code, figure.meaning)
    return sr.Measurement(name=name, value=_short(figure.value), unit=unit, properties=properties)


def _short(value: float) -> float:
    """With ten digits: DICOM's decimal strings hold 16 letters."""
    return float(f"{value:.10g}")


def _region(entry: dict[str, Any], picture: Any) -> Any:
    """The target area's outline, closed, in DICOM's (column, row) with (0.5, 0.5) in the middle of the first pixel."""
    from highdicom import sr  # noqa: PLC0415

    outline = np.asarray(entry["target_area"]["boundary_px"], dtype=np.float64)[:, ::-1] + 0.5
    outline = outline.clip(0.0, [picture.Columns, picture.Rows])
    source = sr.SourceImageForRegion(picture.SOPClassUID, picture.SOPInstanceUID)
    closed = np.vstack([outline, outline[:1]])
    return sr.ImageRegion(graphic_type=sr.GraphicTypeValues.POLYLINE, graphic_data=closed, source_image=source)


def _algorithm(examined: Examined, entry: dict[str, Any]) -> Any:
    from highdicom import sr  # noqa: PLC0415

    scale = entry["calibration"]
    parameters = [
        f"model: {examined.model_words}",
        f"model sha256: {'none' if examined.model is None else examined.model['sha256']}",
        f"picture sha256: {entry['image']['sha256']}",
        "scale: not known" if scale is None else f"scale: {scale['um_per_px']:.6g} um per pixel, {scale['source']}",
        f"image quality: {entry['quality']['verdict']}; noted: {', '.join(entry['flags']) or 'nothing'}",
        "measurement uncertainty: to the ends of the 95 % interval",
    ]
    if examined.reason:
        parameters.append(f"reason of the correction: {examined.reason}")
    return sr.AlgorithmIdentification(
        name="hairdensity", version=examined.version, parameters=parameters, manufacturer=MANUFACTURER
    )


def _site(examined: Examined) -> Any:
    from highdicom import sr  # noqa: PLC0415

    place, side = examined.place, laterality_of(examined)
    return sr.FindingSite(
        anatomic_location=_sct(place.snomed, ANATOMY[place.snomed]),
        laterality=_sct(*SIDES[side]) if side else None,
        topographical_modifier=_private(place.code.upper()[:16], place.name),
    )


def _device(examined: Examined) -> Any:
    from highdicom import sr  # noqa: PLC0415

    return sr.ObserverContext(
        observer_type=_dcm("121007", "Device"),
        observer_identifying_attributes=sr.DeviceObserverIdentifyingAttributes(
            uid=uid_of("device", examined.version, str(examined.model)),
            name="hairdensity",
            manufacturer_name=MANUFACTURER,
            model_name=examined.model_words,
        ),
    )


def _person(examined: Examined) -> Any:
    """Who reviewed or corrected it, by code; None where nobody has."""
    from highdicom import sr  # noqa: PLC0415

    person = examined.review or examined.corrected_by
    if person is None:
        return None
    return sr.ObserverContext(
        observer_type=_dcm("121006", "Person"),
        observer_identifying_attributes=sr.PersonObserverIdentifyingAttributes(name=f"{person.code}^"),
    )


def _private(value: str, meaning: str) -> Any:
    from highdicom.sr import CodedConcept  # noqa: PLC0415

    return CodedConcept(value, SCHEME, meaning)


def _sct(value: str, meaning: str) -> Any:
    from highdicom.sr import CodedConcept  # noqa: PLC0415

    return CodedConcept(value, "SCT", meaning)


def _dcm(value: str, meaning: str) -> Any:
    from highdicom.sr import CodedConcept  # noqa: PLC0415

    return CodedConcept(value, "DCM", meaning)
