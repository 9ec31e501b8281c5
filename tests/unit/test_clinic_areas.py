"""Areas as a person draws them."""

import pytest

from hairdensity.clinic.areas import checked_area, needs_scale
from hairdensity.errors import TargetAreaError

SIZE = {"width_px": 640, "height_px": 480}


@pytest.mark.parametrize(
    "text", ["whole", "rectangle=10,20,100,200", "circle=240,320,1.5mm", "polygon=0,0,0,100,100,100", "circle=-5,-5,20"]
)
def test_areas_are_taken(text):
    assert checked_area(f" {text} ", **SIZE) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "square=1,2,3",
        "rectangle=10,20,0,200",
        "rectangle=10,20,-100,200",
        "circle=240,320,0",
        "polygon=5,5,5,9,5,20",
        "rectangle=600,20,100,200",
        "circle=240,900,100",
        "polygon=" + "1,2," * 3000,
    ],
)
def test_what_is_no_area_is_refused(text):
    with pytest.raises(TargetAreaError):
        checked_area(text, **SIZE)


def test_only_mm_need_a_scale():
    assert needs_scale("circle=240,320,1.5mm")
    assert not needs_scale("circle=240,320,15px")
