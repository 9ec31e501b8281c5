"""Names of sites on the scalp map."""

import pytest

from hairdensity.clinic.import_places import place_and_label
from hairdensity.clinic.scalp import PLACES


@pytest.mark.parametrize(
    ("site", "found"),
    [
        ("vertex", ("vertex", "")),
        ("Crown", ("vertex", "")),
        ("vertex 2", ("vertex", "2")),
        ("left vertex", ("vertex", "left")),
        ("mid-scalp", ("mid_scalp", "")),
        ("MID SCALP", ("mid_scalp", "")),
        ("hairline", ("frontal", "")),
        ("donor", ("occipital", "")),
        ("left temple", ("temporal_left", "")),
        ("temporal_right", ("temporal_right", "")),
        ("Temporal R upper", ("temporal_right", "upper")),
        ("parietal left", ("parietal_left", "")),
        ("temple", None),
        ("scalp", None),
        ("forearm", None),
    ],
)
def test_a_name_is_a_place_or_nothing(site, found):
    assert place_and_label(site) == found


@pytest.mark.parametrize("place", PLACES)
def test_the_maps_own_names_are_places(place):
    assert place_and_label(place.code) == (place.code, "")
    assert place_and_label(place.name) == (place.code, "")
