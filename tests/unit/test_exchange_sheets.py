"""Sheets: one page, the same bytes for the same reading and day, words that a patient understands."""

from datetime import date

import pytest

from hairdensity.exchange.examined import Place
from hairdensity.exchange.sheets import SheetPicture, clinical_sheet, patient_sheet
from hairdensity.exchange.sheets.fates import fates_by_hair
from hairdensity.exchange.sheets.page import LEFT_MM, WIDTH_MM, Sheet
from hairdensity.exchange.sheets.pictures import Shown
from hairdensity.exchange.sheets.wording import interval_of, shown_value
from tests.handed_on import REVIEW, entry, examined, pixels

DAY = date(2026, 3, 3)
A4_MM = 297.0


def match(before, after, fate, probability=1.0, thickness=""):
    return {
        "baseline_hair_id": before,
        "follow_up_hair_id": after,
        "fate": fate,
        "fate_probability": probability,
        "thickness": thickness,
        "in_area": fate != "",
    }


MATCHES = [
    match(0, 1, "kept", thickness="thicker"),
    match(1, 0, "kept", thickness="similar"),
    match(2, None, "lost", 0.4),
    match(None, 2, "new"),
    match(3, 3, ""),
]


def shown(**changes):
    return Shown(examined(**changes), SheetPicture.of(pixels()))


def corrected(**changes):
    return shown(entry=entry(density=160.0), automatic=entry(), review=REVIEW, corrected_by=REVIEW, **changes)


def change(verdict="increase", *, is_registered=True):
    figure = {"value": 12.0, "low": 4.0, "high": 20.0, "relative": 0.08, "detectable": 8.0, "n": 3, "verdict": verdict}
    figure |= {"site_low": 1.0, "site_high": 23.0}
    metrics = {"density_per_cm2": {"value": 150.0}, "median_diameter_um": {"value": 40.0}, "n_hairs": 2}
    return {
        "registration": {"accepted": is_registered, "reason": "" if is_registered else "too few roots"},
        "change": {"density_per_cm2": figure},
        "unmatched": {},
        "baseline": metrics,
        "follow_up": metrics | {"density_per_cm2": {"value": 162.0}},
        "summary": dict.fromkeys(("n_kept", "n_lost", "n_new", "n_unsure", "n_thicker", "n_thinner"), 2)
        | {"expected_n_baseline": 2.0, "expected_n_follow_up": 3.0},
        "common_area": {"area_cm2": 0.2},
        "flags": [],
        "images": {"baseline": {"model": {}, "flags": []}, "follow_up": {"model": {}, "flags": []}},
        "matches": MATCHES,
        "control": None,
    }


@pytest.fixture
def words(monkeypatch):
    """All words that are set, with the edge below them and the left one."""
    found = []
    real = Sheet.words

    def note(sheet, text, at, ink):
        below = real(sheet, text, at, ink)
        found.append((text, at[0], below))
        return below

    monkeypatch.setattr(Sheet, "words", note)
    return found


def said(words):
    return " | ".join(text for text, _, _ in words)


@pytest.mark.parametrize("make", [patient_sheet, clinical_sheet])
@pytest.mark.parametrize("one", [shown(), corrected(reason="cut " * 400), shown(entry=entry(um_per_px=None))])
def test_a_sheet_is_one_page_and_the_same_bytes(make, one, words):
    first = make(one, printed_on=DAY)
    assert first == make(one, printed_on=DAY)
    assert first != make(one, printed_on=date(2026, 3, 4))
    assert first.count(b"/Type /Page\n") == 1
    assert max(below for _, _, below in words) < A4_MM - 8.0
    assert min(left for _, left, _ in words) >= LEFT_MM - 5.0


@pytest.mark.parametrize("make", [patient_sheet, clinical_sheet])
def test_letters_of_any_script_do_not_break_it(make, words):
    place = Place(code="vertex", name="Vertex", snomed="61719002", label="左\N{CROSS MARK}")
    assert make(shown(patient_code="пациент 患者", clinic="Κλινική", place=place), printed_on=DAY).startswith(b"%PDF")


def test_the_patient_reads_figures_with_intervals_and_no_diagnosis(words):
    patient_sheet(shown(), printed_on=DAY)
    text = said(words)
    for part in ("Vertex, 2 March 2026", "150", "hairs per cm²", "120 to 180", "32.0 to 48.0 µm", "no diagnosis"):
        assert part in text
    assert "not reviewed by a person yet" in text
    assert "hairdensity 1.2.3, hairnet 0.2" in text
    assert "Printed 3 March 2026. Research use, not a medical device." in text


def test_without_a_scale_the_patient_is_told_why(words):
    patient_sheet(shown(entry=entry(um_per_px=None)), printed_on=DAY)
    assert "The scale of this picture is not known" in said(words)
    assert "per cm²" not in said(words)


@pytest.mark.parametrize(
    ("verdict", "said_so"), [("caution", "not ideal"), ("unreadable", "do not rely"), ("good", "")]
)
def test_a_bad_picture_is_said(words, verdict, said_so):
    patient_sheet(shown(entry=entry(quality=verdict)), printed_on=DAY)
    assert ("not ideal" in said(words), "do not rely" in said(words)) == (
        said_so == "not ideal",
        said_so == "do not rely",
    )


@pytest.mark.parametrize(
    ("verdict", "sentence"),
    [
        ("increase", "Higher than before"),
        ("decrease", "Lower than before"),
        ("within noise", "cannot be told from no change"),
        (None, "Whether this is a change cannot be said"),
    ],
)
def test_a_change_comes_with_its_verdict(words, verdict, sentence):
    patient_sheet(shown(), printed_on=DAY, before=shown(visit_day=date(2025, 12, 1)), change=change(verdict))
    text = said(words)
    assert sentence in text
    assert "Since 1 December 2025" in text
    assert "from 150 to 162 per cm²" in text
    assert "95 % interval: +4 to +20 per cm²" in text


def test_other_skin_has_no_change(words):
    patient_sheet(shown(), printed_on=DAY, before=shown(), change=change(is_registered=False))
    assert "could not be shown to be of the same skin" in said(words)
    assert "+12" not in said(words)


def test_other_skin_has_no_verdict(words):
    clinical_sheet(shown(), printed_on=DAY, before=shown(), change=change(is_registered=False))
    values = {text for text, _, _ in words}
    assert "no verdict" in values
    assert "increase" not in values


def test_the_clinical_sheet_says_what_the_figures_rest_on(words):
    clinical_sheet(corrected(reason="a cut hair"), printed_on=DAY)
    text = said(words)
    for part in (
        "5 µm per pixel ± 2.0%, from: given",
        "rectangle: 0.25 cm²",
        "12.5% of it could not",
        "good. Noted: ",
        "by reader-7, 2 March 2026, 10:05 UTC: a cut hair",
        "sha256 " + "ab" * 32,
        "sha256 " + "cd" * 32,
        "128 to 192",
        "80 to 240",
    ):
        assert part in text
    values = [text for text, _, _ in words]
    assert {"160", "150"} <= set(values)


def test_the_clinical_sheet_of_a_comparison_has_the_change(words):
    clinical_sheet(shown(review=REVIEW), printed_on=DAY, before=shown(), change=change())
    text = said(words)
    assert "increase, +12 /cm² (+4 to +20)" in text
    assert ("not yet: preliminary" in text, "by reader-7" in text) == (True, True)


def test_a_large_picture_becomes_small():
    picture = SheetPicture.of(pixels(2100, 2800))
    assert (picture.width_px, picture.height_px) == (2800, 2100)
    assert len(picture.jpeg) < 600_000


def test_values_have_the_digits_that_they_can_bear():
    metrics = entry()["metrics"]
    assert (shown_value(metrics, "density_per_cm2"), interval_of(metrics, "density_per_cm2")) == ("150", "120 to 180")
    assert interval_of(metrics, "density_per_cm2", of_site=True) == "75 to 225"
    assert (shown_value(metrics, "n_hairs"), interval_of(metrics, "n_hairs")) == ("2", "")
    metrics["density_per_cm2"] |= {"high": None}
    assert interval_of(metrics, "density_per_cm2") == "120 or more"
    assert WIDTH_MM + 2 * LEFT_MM == 210.0


def test_hairs_of_a_comparison_are_drawn_by_their_fates():
    assert fates_by_hair(change(), "baseline") == {0: "thicker", 1: "kept", 2: "unsure"}
    assert fates_by_hair(change(), "follow_up") == {0: "kept", 1: "thicker", 2: "new"}


def test_the_untreated_place_stands_beside_the_change(words):
    control = {"registration": {"accepted": True}, "change": change("within noise")["change"]}
    of_both = change() | {"control": control}
    patient_sheet(shown(), printed_on=DAY, before=shown(), change=of_both)
    assert "changed by +12 per cm² (95 % interval +4 to +20), no more than" in said(words)
    words.clear()
    clinical_sheet(shown(), printed_on=DAY, before=shown(), change=of_both)
    assert {"Untreated control", "+12 (+4 to +20)"} <= {text for text, _, _ in words}


def test_both_sheets_say_which_visit_was_corrected(words):
    patient_sheet(shown(), printed_on=DAY, before=corrected(visit_day=date(2025, 12, 1)), change=change())
    assert "corrected by a person: 1 December 2025" in said(words)
    words.clear()
    clinical_sheet(shown(), printed_on=DAY, before=corrected(visit_day=date(2025, 12, 1)), change=change())
    assert "1 December 2025, corrected reading" in said(words)


@pytest.mark.parametrize("make", [patient_sheet, clinical_sheet])
def test_a_letter_that_cannot_be_printed_is_said(words, make):
    make(shown(clinic="\N{CJK UNIFIED IDEOGRAPH-533B}"), printed_on=DAY)
    assert "font lacks" in said(words)
    words.clear()
    make(shown(), printed_on=DAY)
    assert "font lacks" not in said(words)


def test_what_a_person_marked_unreadable_is_outlined():
    edit = {"op": "unreadable", "polygon_px": [[10, 10], [10, 60], [60, 60]]}
    plain = patient_sheet(shown(entry=entry()), printed_on=DAY)
    assert len(patient_sheet(shown(entry=entry() | {"edits": [edit]}), printed_on=DAY)) > len(plain)
