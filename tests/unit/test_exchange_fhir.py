"""FHIR-shaped observations: units, intervals, review, both readings; read by models of FHIR R5 and R4B."""

import json

import pytest

from hairdensity.exchange.concepts import CODES
from hairdensity.exchange.fhir import fhir_bundle
from tests.handed_on import REVIEW, entry, examined


def observations(bundle):
    return [item["resource"] for item in bundle["entry"] if item["resource"]["resourceType"] == "Observation"]


def by_code(bundle, code):
    return [one for one in observations(bundle) if one["code"]["coding"][0]["code"] == code]


def corrected():
    return examined(entry=entry(density=160.0), automatic=entry(), corrected_by=REVIEW, review=REVIEW, reason="glare")


def test_a_figure_has_unit_interval_place_and_device():
    bundle = fhir_bundle(examined())
    (density,) = by_code(bundle, "DENSITY")
    assert density["valueQuantity"] == {
        "value": 150.0,
        "unit": "/cm2",
        "system": "http://unitsofmeasure.org",
        "code": "/cm2",
    }
    assert [part["valueQuantity"]["value"] for part in density["component"]] == [120.0, 180.0]
    assert density["bodySite"]["coding"][0] == {
        "system": "http://snomed.info/sct",
        "code": "61719002",
        "display": "Skin of vertex of scalp",
    }
    assert density["device"]["reference"] == bundle["entry"][0]["fullUrl"]
    assert density["derivedFrom"][0]["identifier"]["value"] == "ab" * 32
    assert density["effectiveDateTime"] == "2026-03-02"
    assert len(observations(bundle)) == len(CODES)


def test_status_follows_the_review():
    assert {one["status"] for one in observations(fhir_bundle(examined()))} == {"preliminary"}
    reviewed = observations(fhir_bundle(examined(review=REVIEW)))
    assert {one["status"] for one in reviewed} == {"final"}
    assert reviewed[0]["performer"][0]["identifier"]["value"] == REVIEW.code


def test_a_corrected_reading_keeps_the_automatic_figures():
    first, second = by_code(fhir_bundle(corrected()), "DENSITY")
    assert (first["valueQuantity"]["value"], first["status"]) == (160.0, "final")
    assert (second["valueQuantity"]["value"], second["status"]) == (150.0, "preliminary")
    assert "corrected: glare" in first["note"][0]["text"]


def test_names_are_derived_and_each_is_its_own():
    bundle = fhir_bundle(corrected())
    assert bundle == fhir_bundle(corrected())
    urls = [item["fullUrl"] for item in bundle["entry"]]
    assert len(set(urls)) == len(urls)
    assert REVIEW.by not in json.dumps(bundle)


def test_without_a_scale_nothing_is_said_in_um():
    bundle = fhir_bundle(examined(entry=entry(um_per_px=None)))
    assert by_code(bundle, "DENSITY") == []
    assert {one["valueQuantity"]["code"] for one in observations(bundle)} == {"1", "{hairs}", "{units}"}


@pytest.mark.parametrize("release", ["", "R4B."])
@pytest.mark.parametrize("make", [examined, corrected])
def test_models_of_fhir_take_it(release, make):
    # Test-only: models generated from the published definitions, which refuse unknown and missing elements.
    models = pytest.importorskip(f"fhir.resources.{release}bundle", reason="fhir.resources is not installed")
    bundle = fhir_bundle(make())
    assert len(models.Bundle.model_validate(bundle).entry) == len(bundle["entry"])
