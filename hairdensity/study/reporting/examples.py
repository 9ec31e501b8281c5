"""Pictures of patients with what was found on them, picked by rule: evenly spaced ranks of their measured change."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from hairdensity.errors import HairDensityError
from hairdensity.image import TrichoImage, read_image
from hairdensity.study.folder import overlay_path
from hairdensity.study.reporting.blocks import Gallery, Picture
from hairdensity.study.reporting.example_hairs import Hairs, PairHairs, hairs_of_pair
from hairdensity.study.reporting.example_views import SKIN_MM, PairViews, View, aligned_views
from hairdensity.study.reporting.patient_changes import patient_changes
from hairdensity.study.reporting.primary import comparisons_of, primary_figure, primary_visit
from hairdensity.study.reporting.sources import ReportSources
from hairdensity.study.reporting.thumbnails import thumbnail
from hairdensity.study.reporting.wording import (
    arm_name,
    decimals_of,
    figure_name,
    figure_title,
    known,
    number,
    signed,
    unit_of,
    unit_words,
    visit_name,
)

__all__ = ["examples_of"]


class _Pair(NamedTuple):
    """A baseline and a follow-up picture of one patient: rows of the images table, and their hairs."""

    before: dict[str, object]
    after: dict[str, object]


class _Shown(NamedTuple):
    """A picture of a pair: its row, its pixels where they are there, its hairs."""

    row: dict[str, object]
    image: TrichoImage | None
    hairs: Hairs


def examples_of(sources: ReportSources, *, n_patients: int, manifest: Path | None = None) -> tuple[list[Gallery], str]:
    """Pictures of some patients of each arm, and the sentence that says how they were picked.

    Parameters
    ----------
    sources : ReportSources
    n_patients : int
        Of each arm.
    manifest : Path, optional
        Beside the pictures. Without it, the overlays of the run are shown where it drew any.
    """
    if n_patients < 1:
        return [], "No example was asked for."
    changes = patient_changes(sources)
    galleries = [
        gallery
        for arm in sources.arms
        for row in _picked(changes[changes["arm"] == arm], n_patients)
        if (gallery := _gallery(sources, row, manifest)) is not None
    ]
    if not galleries:
        return [], (
            "No picture is shown. Name the manifest beside the pictures (--manifest FILE), or draw overlays in the run "
            "(hairdensity study run --overlays); pictures that changed since the run are not shown."
        )
    return galleries, _rule(sources, n_patients)


def _rule(sources: ReportSources, n_patients: int) -> str:
    how = (
        "the patient of median change"
        if n_patients == 1
        else f"{n_patients} patients at evenly spaced ranks from the largest loss to the largest gain"
    )
    return (
        f"Picked by rule, not by eye: of each arm {how} of {figure_name(primary_figure(sources))} at "
        f"{visit_name(primary_visit(sources))}. Single patients show what was counted and prove nothing about an arm. "
        "Marks run from root to tip: kept hairs white with a point at the root, lost hairs orange with a ring, new "
        "hairs blue with a cross. Where enough hairs were matched, both pictures show the same skin: "
        f"{SKIN_MM[0]:g} x {SKIN_MM[1]:g} mm in the middle of the matched hairs, the follow-up turned and scaled onto "
        "the baseline by the roots of the kept hairs; else both pictures are shown whole."
    )


def _picked(changes: pd.DataFrame, n_patients: int) -> list[dict[str, object]]:
    """Patients at evenly spaced ranks of their change; the middle one where only one is asked for."""
    if changes.empty:
        return []
    ranks = [len(changes) // 2] if n_patients == 1 else np.linspace(0, len(changes) - 1, n_patients).round().astype(int)
    rows = changes.sort_values(["value", "patient"], kind="stable").iloc[sorted(set(map(int, ranks)))]
    return [{str(name): value for name, value in row.items()} for row in rows.to_dict("records")]


def _gallery(sources: ReportSources, change: dict[str, object], manifest: Path | None) -> Gallery | None:
    pair = _pair(sources, str(change["patient"]))
    if pair is None:
        return None
    hairs = hairs_of_pair(sources.folder, int(str(pair.before["row"])), int(str(pair.after["row"])))
    shown = [_Shown(row, image, own) for row, image, own in zip(pair, _images(pair, manifest), hairs[:2], strict=True)]
    views = _views(shown, hairs) if change["registered"] else None
    of_each: tuple[View | None, View | None] = (None, None) if views is None else (views.before, views.after)
    figure = primary_figure(sources)
    drawn = [_picture(sources, one, view, figure) for one, view in zip(shown, of_each, strict=True)]
    pictures = tuple(picture for picture in drawn if picture is not None)
    if not pictures:
        return None
    title = f"{arm_name(change['arm'])}, patient {change['patient']}: {_how(change, figure, views)}"
    return Gallery(title, pictures)


def _how(change: dict[str, object], figure: str, views: PairViews | None) -> str:
    """The change in words, and what it rests on."""
    value = f"{signed(change['value'], decimals_of(figure))} {unit_words(unit_of(figure))}".strip()
    if not change["registered"]:
        return f"{value} (not matched: two samples of skin)"
    aligned = f", aligned by {views.n_hairs} hairs, median error {views.median_um:.0f} µm" if views is not None else ""
    return f"{value} (matched hair to hair{aligned})"


def _images(pair: _Pair, manifest: Path | None) -> tuple[TrichoImage | None, TrichoImage | None]:
    return _read(pair.before, manifest), _read(pair.after, manifest)


def _views(shown: Sequence[_Shown], hairs: PairHairs) -> PairViews | None:
    """Views of the same skin, where both pictures are there."""
    image = shown[0].image
    if image is None or shown[1].image is None:
        return None
    height, width = image.pixels.shape[:2]
    scale = shown[0].row.get("used_um_per_px")
    return aligned_views(hairs.partners_px, (height, width), float(str(scale)) if known(scale) else 0.0)


def _pair(sources: ReportSources, patient: str) -> _Pair | None:
    """The first comparison of a patient at the primary visit, the matched ones first."""
    rows = comparisons_of(sources)
    rows = rows[rows["patient"] == patient].sort_values(["registered", "row"], ascending=[False, True], kind="stable")
    images = sources.study.images.set_index("row", drop=False)
    if rows.empty:
        return None
    before, after = (images.loc[rows.iloc[0][key]].to_dict() for key in ("baseline_row", "row"))
    return _Pair(before, after)


def _picture(sources: ReportSources, shown: _Shown, view: View | None, figure: str) -> Picture | None:
    row = shown.row
    words = f"{_capital(str(row['visit']))}: {figure_title(figure).lower()} {_value(row, figure)}"
    if shown.image is not None:
        data, counts = thumbnail(shown.image.pixels, shown.hairs, view), _counts(shown.hairs, view)
        return Picture(
            caption=f"{words}. {counts}", alt=f"Picture of the scalp. {words}. {counts}", raster=data, width_px=480
        )
    path = overlay_path(
        sources.folder, image_sha256=str(row["image_sha256"]), settings_sha256=str(row["settings_sha256"])
    )
    overlay = _read_whole(path)
    if overlay is None:
        return None
    data = thumbnail(overlay.pixels, Hairs.none())
    caption = f"{words}. Counted hairs by thickness."
    return Picture(caption=caption, alt=f"Overlay of the counted hairs. {words}.", raster=data, width_px=480)


def _counts(hairs: Hairs, view: View | None) -> str:
    """The marked hairs, of those that are shown."""
    return (hairs if view is None else hairs.where(view.shows(hairs.ends_px[:, 0]))).words()


def _value(row: dict[str, object], figure: str) -> str:
    """The figure of the whole picture, with its unit."""
    return (
        f"{number(row.get(figure), decimals_of(figure))} {unit_words(unit_of(figure))} on the whole target area".strip()
    )


def _capital(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}"


def _read(row: dict[str, object], manifest: Path | None) -> TrichoImage | None:
    """The picture that the run read; None where it is not there or another one."""
    if manifest is None:
        return None
    image = _read_whole(manifest.parent / str(row["image"]))
    return image if image is not None and image.sha256 == row["image_sha256"] else None


def _read_whole(path: Path) -> TrichoImage | None:
    try:
        return read_image(path)
    except (HairDensityError, OSError):
        return None
