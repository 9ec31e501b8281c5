"""``hairdensity compare``: what changed between the visits of one site."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Annotated

import typer

from hairdensity.cli.options import (
    AREA_HELP,
    AreaMask,
    AsJson,
    Device,
    DeviceProfile,
    FieldWidthMm,
    Method,
    Model,
    NetworkDevice,
    Profiles,
    PxPerMm,
    Quiet,
    Resized,
    RulerTickMm,
    ScaleError,
    UmPerPx,
    Ways,
    refuse_contradictions,
    refuse_profile_options,
)
from hairdensity.cli.visits import Order, run_order, with_profile, with_scale
from hairdensity.comparing import Outputs
from hairdensity.scoring import Request

__all__ = ["compare"]


def compare(  # noqa: PLR0913 -- each is an option of the command
    baseline: Annotated[Path, typer.Argument(metavar="BASELINE", help="Picture of the first visit.")],
    follow_ups: Annotated[
        list[Path],
        typer.Argument(metavar="FOLLOW_UP", help="Picture of a later visit; more than one make a series."),
    ],
    *,
    um_per_px: UmPerPx = None,
    px_per_mm: PxPerMm = None,
    field_width_mm: FieldWidthMm = None,
    scale_error: ScaleError = None,
    ruler_tick_mm: RulerTickMm = None,
    device_profile: DeviceProfile = None,
    resized: Resized = False,
    profiles: Profiles = None,
    follow_up_um_per_px: Annotated[
        list[float] | None,
        typer.Option(
            metavar="FLOAT",
            help="Scale of the follow-up, where it is another one; in a series once for all or once for each.",
        ),
    ] = None,
    follow_up_device_profile: Annotated[
        str | None, typer.Option(metavar="NAME", help="Device of the follow-ups, where it is another one.")
    ] = None,
    area: Annotated[str | None, typer.Option(help=f"Of the baseline. {AREA_HELP}")] = None,
    area_mask: AreaMask = None,
    control: Annotated[
        tuple[Path, Path] | None,
        typer.Option(
            metavar="BASELINE FOLLOW_UP",
            help="An untreated site, photographed at the same two visits: its change is your own noise.",
        ),
    ] = None,
    days: Annotated[
        str | None,
        typer.Option(metavar="D0,D1,...", help="Days of the visits of a series, e.g. 0,90,180: trends per month."),
    ] = None,
    method: Ways = Method.NETWORK,
    model: Model = None,
    device: NetworkDevice = Device.CPU,
    as_json: AsJson = False,
    csv: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Write changes.csv, matches.csv and unit_matches.csv; of a series visits.csv, trends.csv, tracks.csv "
            "and sightings.csv too.",
        ),
    ] = None,
    picture: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.png",
            help="Draw both visits (of a series: first and last) side by side, every hair with its fate.",
        ),
    ] = None,
    html: Annotated[
        Path | None,
        typer.Option(metavar="FILE.html", help="Write one file for a browser: the same two visits with a slider."),
    ] = None,
    quiet: Quiet = False,
) -> None:
    """Compare pictures of the same skin, hair by hair: what changed beyond the noise.

    The earlier picture comes first. The pictures are aligned by the hairs and the skin themselves, every hair is found
    again or not, and the change of each figure is stated with its interval on the skin that both show. Pictures that
    cannot be shown to be of the same skin are compared as unmatched samples, and the reason is told. Options of the
    scale hold for all pictures.

    \b
      hairdensity compare day0.jpg day90.jpg --um-per-px 5.6 --html change.html
      hairdensity compare day0.jpg day90.jpg day180.jpg --days 0,90,180 --um-per-px 5.6

    Exit codes: 0 ok, 1 a control picture or a visit of a series failed (the others were compared), 2 usage, 3 nothing
    to compare, 4 environment, 130 interrupted.
    """  # noqa: D301 -- the sign after which click keeps lines as they are
    refuse_contradictions(
        scales={"--um-per-px": um_per_px, "--px-per-mm": px_per_mm, "--field-width-mm": field_width_mm},
        scale_error=scale_error,
        areas={"--area": area, "--area-mask": area_mask},
    )
    refuse_profile_options(device_profile or follow_up_device_profile, resized=resized, profiles=profiles)
    request = Request(
        um_per_px=um_per_px,
        px_per_mm=px_per_mm,
        field_width_mm=field_width_mm,
        relative_error=scale_error,
        tick_mm=ruler_tick_mm,
        device_profile=device_profile,
        profiles=profiles,
        resized=resized,
        method=method.value,
        model=model,
        device=device.value,
    )
    is_series = len(follow_ups) > 1
    _refuse_what_does_not_fit(is_series=is_series, control=control, days=days)
    order = Order(
        kind="series" if is_series else "change",
        visits=(baseline, *follow_ups),
        control=control or (),
        baseline=replace(request, area="whole" if area is None else area, area_mask=area_mask),
        control_baseline=request,
        follow_ups=_follow_up_requests(request, len(follow_ups), follow_up_um_per_px, follow_up_device_profile),
        days=None if days is None else _days(days, n_visits=1 + len(follow_ups)),
        outputs=Outputs(with_document=as_json, tables=csv, picture=picture, page=html),
    )
    run_order(order, as_json=as_json, quiet=quiet)


def _refuse_what_does_not_fit(*, is_series: bool, control: tuple[Path, Path] | None, days: str | None) -> None:
    if is_series and control is not None:
        raise typer.BadParameter("--control goes with two visits: compare each follow-up with its control alone")
    if not is_series and days is not None:
        raise typer.BadParameter("--days goes with a series: name three pictures or more")


def _follow_up_requests(
    request: Request, n_follow_ups: int, um_per_px: Sequence[float] | None, device_profile: str | None
) -> tuple[Request, ...]:
    """What each follow-up is asked for: the scale of the run, or its own."""
    if um_per_px and device_profile is not None:
        raise typer.BadParameter("--follow-up-um-per-px and --follow-up-device-profile: leave one out")
    if device_profile is not None:
        return (with_profile(request, device_profile),) * n_follow_ups
    if not um_per_px:
        return (request,) * n_follow_ups
    if len(um_per_px) not in (1, n_follow_ups):
        raise typer.BadParameter(
            f"--follow-up-um-per-px: give it once for all follow-ups or once for each, got {len(um_per_px)} for "
            f"{n_follow_ups}"
        )
    scales = list(um_per_px) * (n_follow_ups if len(um_per_px) == 1 else 1)
    return tuple(with_scale(request, scale) for scale in scales)


def _days(text: str, *, n_visits: int) -> tuple[float, ...]:
    try:
        days = tuple(float(part) for part in text.split(","))
    except ValueError:
        raise typer.BadParameter(f"--days are numbers with commas between, e.g. 0,90,180; got {text!r}") from None
    is_rising = all(before < after for before, after in pairwise(days))
    if not (all(math.isfinite(day) for day in days) and is_rising):
        raise typer.BadParameter(f"--days must rise from visit to visit, got {text!r}")
    if len(days) != n_visits:
        raise typer.BadParameter(f"--days: one for each visit, got {len(days)} for {n_visits} pictures")
    return days
