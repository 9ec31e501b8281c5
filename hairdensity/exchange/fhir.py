"""A reading in the shape of FHIR: a collection of Observations with UCUM units, and the device that made them.

FHIR-shaped, not a certified interface: fields and value sets are those that R4, R4B and R5 share, the codes of figures
are of a private system, named as such. Nothing is sent anywhere; a hospital's own interface takes the file.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from hairdensity.exchange.concepts import ANATOMY, SCHEME_URL, Figure, figures_of
from hairdensity.exchange.examined import Examined, identity_of
from hairdensity.report.wording import DISCLAIMER

__all__ = ["fhir_bundle"]

_UCUM: Final = "http://unitsofmeasure.org"
_SNOMED: Final = "http://snomed.info/sct"
_PATIENTS: Final = "urn:hairdensity:patient-code"
_METHODS: Final = {
    "automatic": "Found and measured by the program on a trichoscopic picture",
    "corrected": "Found by the program on a trichoscopic picture, corrected by a person, then measured by the program",
}


def fhir_bundle(examined: Examined) -> dict[str, Any]:
    """A reading as a Bundle of the type ``collection``.

    One Observation for each figure that is known, with its 95 % interval as components; ``preliminary`` until somebody
    has reviewed the reading, then ``final``. Of a corrected reading the automatic figures follow, as preliminary ones:
    both are kept.

    Parameters
    ----------
    examined : Examined

    Returns
    -------
    dict
        What JSON can carry. Ids follow from the reading: a second export names the same resources.
    """
    device = _device(examined)
    readings = [(examined.kind, examined.entry)]
    if examined.automatic is not None:
        readings.append(("automatic", examined.automatic))
    observations = (
        _observation(examined, figure, kind, device["id"])
        for kind, entry in readings
        for figure in figures_of(entry["metrics"])
    )
    return {
        "resourceType": "Bundle",
        "id": _id("bundle", examined.ids.reading, _state(examined)),
        "type": "collection",
        "timestamp": _instant(examined.made_at if examined.review is None else examined.review.at),
        "entry": [{"fullUrl": f"urn:uuid:{item['id']}", "resource": item} for item in (device, *observations)],
    }


def _observation(examined: Examined, figure: Figure, kind: str, device_id: str) -> dict[str, Any]:
    is_final = examined.review is not None and kind == examined.kind
    performers = [] if examined.review is None or not is_final else [_person(examined.review.code)]
    return {
        "resourceType": "Observation",
        "id": _id("observation", examined.ids.reading, kind, figure.code, _state(examined)),
        "status": "final" if is_final else "preliminary",
        "code": _private(figure.code, figure.meaning),
        "subject": {"identifier": {"system": _PATIENTS, "value": examined.patient_code}},
        "effectiveDateTime": examined.visit_day.isoformat(),
        "issued": _instant(examined.made_at),
        **({"performer": performers} if performers else {}),
        "valueQuantity": _quantity(figure.value, figure.unit),
        "bodySite": _body_site(examined),
        "method": _private(kind.upper(), _METHODS[kind]),
        "device": {"reference": f"urn:uuid:{device_id}"},
        "derivedFrom": [_picture(examined)],
        "note": [{"text": _note(examined, figure)}],
        **_interval(figure),
    }


def _interval(figure: Figure) -> dict[str, Any]:
    """Both ends of the 95 % interval as components; none where it is not known."""
    ends = [
        ("LOW95", "Lower end of the 95 % interval", figure.low),
        ("HIGH95", "Upper end of the 95 % interval", figure.high),
    ]
    known = [
        {"code": _private(code, meaning), "valueQuantity": _quantity(end, figure.unit)}
        for code, meaning, end in ends
        if end is not None
    ]
    return {"component": known} if known else {}


def _quantity(value: float, unit: str) -> dict[str, Any]:
    return {"value": value, "unit": unit, "system": _UCUM, "code": unit}


def _body_site(examined: Examined) -> dict[str, Any]:
    place = examined.place
    codings = [
        {"system": _SNOMED, "code": place.snomed, "display": ANATOMY[place.snomed]},
        {"system": SCHEME_URL, "code": place.code, "display": place.name},
    ]
    return {"coding": codings, "text": place.title}


def _picture(examined: Examined) -> dict[str, Any]:
    """The picture by its hash: it is not sent along."""
    sha256 = examined.entry["image"]["sha256"]
    return {
        "identifier": {"system": "urn:hairdensity:picture-sha256", "value": sha256},
        "display": f"picture {examined.number} of {examined.place.title}, {examined.visit_day}",
    }


def _note(examined: Examined, figure: Figure) -> str:
    scale, area = examined.entry["calibration"], examined.entry["target_area"]["area_cm2"]
    words = [
        figure.info.definition,
        "scale not known" if scale is None else f"scale {scale['um_per_px']:.4g} um per pixel, {scale['source']}",
        f"readable area {area:.4g} cm2" if area is not None else "area in cm2 not known",
        f"image quality {examined.entry['quality']['verdict']}",
        *([f"corrected: {examined.reason}"] if examined.reason and examined.automatic is not None else []),
        DISCLAIMER,
    ]
    return "; ".join(words)


def _device(examined: Examined) -> dict[str, Any]:
    versions = [{"value": f"hairdensity {examined.version}"}, {"value": examined.model_words}]
    if examined.model is not None:
        versions.append({"value": f"weights sha256 {examined.model['sha256']}"})
    return {
        "resourceType": "Device",
        "id": _id("device", examined.version, str(examined.model)),
        "manufacturer": "hairdensity",
        "version": versions,
        "note": [{"text": DISCLAIMER}],
    }


def _person(code: str) -> dict[str, Any]:
    return {"identifier": {"system": "urn:hairdensity:person-code", "value": code}}


def _private(code: str, meaning: str) -> dict[str, Any]:
    return {"coding": [{"system": SCHEME_URL, "code": code, "display": meaning}], "text": meaning}


def _state(examined: Examined) -> str:
    return "" if examined.review is None else examined.review.at.isoformat()


def _id(*parts: str) -> str:
    return str(identity_of("fhir", *parts))


def _instant(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")
