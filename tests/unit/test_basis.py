"""Bases: what is a figure of what, which conversions are exact, and that all else is refused with its reason."""

from __future__ import annotations

import pandas as pd
import pytest

from hairdensity.errors import InputError
from hairdensity.metrics import METRICS
from hairdensity.study.basis import Basis, BasisError, basis_of, converted, differences, require_same
from hairdensity.study.basis_words import parse_basis
from hairdensity.study.comparable import check_bases

SQUARE = Basis(per="cm2", rule="roots", area_shape="square", area_cm2=1.0)


def test_every_figure_has_a_basis_and_no_two_figures_the_same() -> None:
    words = [str(basis_of(info.name)) for info in METRICS]
    assert len(set(words)) == len(words)


def test_words_are_read_back() -> None:
    for info in METRICS:
        basis = basis_of(info.name).in_area("circle", 5.067)
        assert parse_basis(str(basis)) == basis


def test_parts_of_a_basis_are_read() -> None:
    basis = parse_basis("hairs per inch2, terminal by 40 um, any visible in the area, circle of 5.067 cm2")
    assert basis == Basis(
        per="inch2", hairs="terminal", cut_off_um=40.0, rule="any visible", area_shape="circle", area_cm2=5.067
    )


@pytest.mark.parametrize(
    "text",
    [
        "hairs",
        "hair per cm2",
        "hairs per cm2, terminal",
        "hairs per cm2, star of 1 cm2",
        "hairs per cm2, circle of 1.2.3 cm2",
    ],
)
def test_unreadable_words_show_the_forms(text: str) -> None:
    with pytest.raises(InputError, match="terminal by 40 um"):
        parse_basis(text)


def test_terminal_hairs_need_a_cut_off() -> None:
    with pytest.raises(InputError, match="30 or 40 um"):
        Basis(per="cm2", hairs="terminal")


def test_an_unknown_figure_is_refused() -> None:
    with pytest.raises(InputError, match=r"metrics\.md"):
        basis_of("hair_mass")


def test_per_inch2_and_per_cm2_convert_exactly() -> None:
    per_inch2 = basis_of("density_per_inch2")
    assert converted(645.16, per_inch2, basis_of("density_per_cm2")) == pytest.approx(100.0, rel=1e-12)
    assert converted(100.0, basis_of("density_per_cm2"), per_inch2) == pytest.approx(645.16, rel=1e-12)


def test_a_raw_number_converts_in_its_own_area_alone() -> None:
    raw = Basis(rule="roots", area_shape="circle", area_cm2=0.785)
    assert converted(
        157.0, raw, raw_per_cm2 := parse_basis("hairs per cm2, roots in the area, circle of 0.785 cm2")
    ) == (pytest.approx(200.0))
    assert converted(200.0, raw_per_cm2, raw) == pytest.approx(157.0)
    with pytest.raises(BasisError, match="area shape, circle and square"):
        converted(157.0, raw, SQUARE)
    with pytest.raises(BasisError, match="size of the area is not stated"):
        converted(157.0, Basis(), Basis(per="cm2"))


@pytest.mark.parametrize(
    ("first", "second", "part"),
    [
        ("density_per_cm2", "unit_density_per_cm2", "counted"),
        ("vellus_density_per_cm2_30um", "vellus_density_per_cm2_40um", "cut-off"),
        ("density_per_cm2", "terminal_density_per_cm2_40um", "hairs"),
        ("n_hairs", "n_hairs_by_ends", "rule"),
        ("density_per_cm2", "cumulative_diameter_mm_per_cm2", "quantity"),
        ("density_per_cm2", "density_per_inch2", "per"),
    ],
)
def test_mixing_is_refused_by_the_part_that_differs(first: str, second: str, part: str) -> None:
    assert part in [found.part for found in differences(basis_of(first), basis_of(second))]
    with pytest.raises(BasisError, match=part):
        require_same({"first": basis_of(first), "second": basis_of(second)}, doing="pool")
    if part != "per":
        with pytest.raises(BasisError, match=part):
            converted(1.0, basis_of(first), basis_of(second))


def test_raw_numbers_need_the_same_area_and_densities_nearly() -> None:
    one, larger = (Basis(rule="roots", area_shape="circle", area_cm2=area) for area in (1.0, 1.2))
    with pytest.raises(BasisError, match=r"1 cm2 and 1\.2 cm2"):
        require_same({"a": one, "b": larger}, doing="add up the numbers")
    with pytest.raises(BasisError, match=r"1 cm2 and 1\.2 cm2"):
        converted(100.0, one, larger)
    with pytest.raises(BasisError, match=r"1 cm2 and 1\.2 cm2"):
        converted(100.0, SQUARE, SQUARE.in_area("square", 1.2))
    assert differences(SQUARE, SQUARE.in_area("square", 1.2)) == ()
    assert [found.part for found in differences(SQUARE, SQUARE.in_area("square", 1.3))] == ["area size"]


def test_a_refusal_names_every_part() -> None:
    circle = Basis(per="inch2", area_shape="circle", area_cm2=5.067)
    with pytest.raises(BasisError) as raised:
        require_same({"arm A": SQUARE, "arm B": circle}, doing="pool the changes")
    message = str(raised.value)
    for words in (
        "cannot pool the changes",
        "arm A: hairs per cm2",
        "arm B: hairs per inch2",
        "per cm2 and per inch2",
        "square and circle",
        "1 cm2 and 5.067 cm2",
    ):
        assert words in message


def test_one_basis_is_handed_back() -> None:
    assert require_same({"a": SQUARE, "b": SQUARE.in_area("square", 1.2)}, doing="pool") is SQUARE


def _images(**columns: list[object]) -> pd.DataFrame:
    n = 4
    usual: dict[str, list[object]] = {
        "row": list(range(1, n + 1)),
        "status": ["ok"] * n,
        "site": ["vertex"] * n,
        "arm": ["a", "a", "b", "b"],
        "visit": ["baseline", "week 12"] * 2,
        "center": [""] * n,
        "area_kind": ["rectangle"] * n,
        "area_cm2": [1.0] * n,
        "unreadable_fraction": [0.0] * n,
    }
    return pd.DataFrame(usual | columns)


def test_one_area_for_all_is_pooled() -> None:
    assert check_bases(_images(area_cm2=[1.0, 0.7, 1.1, 1.0], unreadable_fraction=[0.0, 0.3, 0.0, 0.0])) == ()


def test_arms_on_other_shapes_are_refused() -> None:
    (refusal,) = check_bases(_images(area_kind=["rectangle", "rectangle", "circle", "circle"]))
    assert refusal.what == "densities of different arms at site 'vertex'"
    assert "rectangle and circle" in refusal.reason
    assert refusal.rows == ()


def test_visits_on_other_sizes_are_refused() -> None:
    (refusal,) = check_bases(_images(area_cm2=[1.0, 2.0, 1.0, 2.0]))
    assert "visits" in refusal.what
    assert "1 cm2 and 2 cm2" in refusal.reason


def test_single_pictures_are_named_by_their_rows() -> None:
    images = pd.concat([_images(), _images(area_cm2=[1.0, 1.0, 1.0, 3.0])], ignore_index=True)
    images["row"] = range(1, 9)
    (refusal,) = check_bases(images)
    assert refusal.rows == (8,)
    assert "1 of 8 pictures" in refusal.what


def test_failed_pictures_and_other_sites_mix_nothing() -> None:
    assert check_bases(_images(site=["vertex", "vertex", "front", "front"], area_cm2=[1.0, 1.0, 3.0, 3.0])) == ()
    assert check_bases(_images(status=["ok", "failed", "ok", "ok"], area_cm2=[1.0, 9.0, 1.0, 1.0])) == ()
    assert check_bases(_images().iloc[:0]) == ()
