"""``hairdensity growth``: a phototrichogram from two pictures some days apart."""

from __future__ import annotations

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
from hairdensity.cli.visits import Order, run_order
from hairdensity.comparing import Outputs
from hairdensity.scoring import Request

__all__ = ["growth"]


def growth(  # noqa: PLR0913 -- each is an option of the command
    day0: Annotated[Path, typer.Argument(metavar="DAY0", help="Picture of the clipped site.")],
    day2: Annotated[Path, typer.Argument(metavar="DAY2", help="Picture of the same site, two or three days later.")],
    *,
    hours: Annotated[float, typer.Option(help="Between the two pictures: 20 to 120; 48 to 72 is usual.")],
    um_per_px: UmPerPx = None,
    px_per_mm: PxPerMm = None,
    field_width_mm: FieldWidthMm = None,
    scale_error: ScaleError = None,
    ruler_tick_mm: RulerTickMm = None,
    device_profile: DeviceProfile = None,
    resized: Resized = False,
    profiles: Profiles = None,
    area: Annotated[str | None, typer.Option(help=f"Of the first picture. {AREA_HELP}")] = None,
    area_mask: AreaMask = None,
    method: Ways = Method.NETWORK,
    model: Model = None,
    device: NetworkDevice = Device.CPU,
    as_json: AsJson = False,
    csv: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Write growth.csv and the tables of `hairdensity compare`.")
    ] = None,
    picture: Annotated[
        Path | None, typer.Option(metavar="FILE.png", help="Draw both pictures side by side, every hair found again.")
    ] = None,
    html: Annotated[
        Path | None, typer.Option(metavar="FILE.html", help="Write a page with a slider between the pictures.")
    ] = None,
    quiet: Quiet = False,
) -> None:
    """Measure how fast hairs grow and which of them grow at all (phototrichogram).

    Clip the site, photograph it, and photograph it again after two or three days. Every hair is found again by its
    root; hairs that became longer grow (anagen), the others rest (telogen). Options of the scale hold for both.

    \b
      hairdensity growth day0.jpg day2.jpg --hours 48 --um-per-px 5.6 --html growth.html

    Exit codes: 0 ok, 2 usage, 3 nothing to compare, 4 environment, 130 interrupted.
    """  # noqa: D301 -- the sign after which click keeps lines as they are
    refuse_contradictions(
        scales={"--um-per-px": um_per_px, "--px-per-mm": px_per_mm, "--field-width-mm": field_width_mm},
        scale_error=scale_error,
        areas={"--area": area, "--area-mask": area_mask},
    )
    refuse_profile_options(device_profile, resized=resized, profiles=profiles)
    _refuse_hours(hours)
    request = Request(
        um_per_px=um_per_px,
        px_per_mm=px_per_mm,
        field_width_mm=field_width_mm,
        relative_error=scale_error,
        tick_mm=ruler_tick_mm,
        device_profile=device_profile,
        profiles=profiles,
        resized=resized,
        area="whole" if area is None else area,
        area_mask=area_mask,
        method=method.value,
        model=model,
        device=device.value,
    )
    order = Order(
        kind="growth",
        visits=(day0, day2),
        baseline=request,
        follow_ups=(request.on_whole_picture(),),
        control_baseline=request.on_whole_picture(),
        hours=hours,
        outputs=Outputs(with_document=as_json, tables=csv, picture=picture, page=html),
    )
    run_order(order, as_json=as_json, quiet=quiet)


def _refuse_hours(hours: float) -> None:
    """Tell it now, not after both pictures were analyzed."""
    from hairdensity.comparison.growth_settings import GrowthSettings  # noqa: PLC0415

    low, high = GrowthSettings().hours_range
    if not low <= hours <= high:
        raise typer.BadParameter(
            f"--hours between the pictures must lie in {low:g}-{high:g}, got {hours:g}; two days are 48"
        )
