"""``hairdensity calibrate``: measure the scale of a device from pictures of a ruler, and keep it."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hairdensity.cli.faults import EXIT_NONE_USABLE, faults_as_exit_codes
from hairdensity.inputs import shown

if TYPE_CHECKING:
    from hairdensity.calibrating import Findings

__all__ = ["calibrate"]


def calibrate(  # noqa: PLR0913 -- each is an option of the command
    rulers: Annotated[
        list[Path], typer.Argument(metavar="RULER...", help="Pictures of a ruler, best in several directions.")
    ],
    *,
    device: Annotated[str | None, typer.Option(metavar="NAME", help="Keep the scale under this name.")] = None,
    tick_mm: Annotated[float, typer.Option(help="mm between neighboring ticks, of the finest ones.")] = 1.0,
    length_mm: Annotated[
        float | None, typer.Option(help="Instead of ticks: the length between --from and --to.")
    ] = None,
    start: Annotated[
        str | None, typer.Option("--from", metavar="ROW,COL", help="One end of that length, in px.")
    ] = None,
    end: Annotated[str | None, typer.Option("--to", metavar="ROW,COL", help="Its other end.")] = None,
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="Keep it in this file instead.")] = None,
    profiles: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Folder of device profiles. [default: your own]")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")] = False,
) -> None:
    """Measure a device's scale from pictures of a ruler, at the zoom and distance of your pictures.

    Then `hairdensity score --device-profile NAME` uses it. Without --device and --out nothing is kept.

    Exit codes: 0 ok, 2 usage, 3 no ruler found, 4 environment.
    """
    from hairdensity.calibrating import NoRulerError, measure_device, measure_length, profile_of  # noqa: PLC0415
    from hairdensity.calibration import write_profile  # noqa: PLC0415
    from hairdensity.image import read_image  # noqa: PLC0415

    by_hand = {"--length-mm": length_mm, "--from": start, "--to": end}
    if None in by_hand.values() and set(by_hand.values()) != {None}:
        raise typer.BadParameter(f"a length measured by hand needs all of {', '.join(by_hand)}")
    with faults_as_exit_codes():
        images = [read_image(path) for path in rulers]
        try:
            if length_mm is None:
                findings = measure_device(images, tick_mm=tick_mm)
            else:
                findings = measure_length(images, length_mm, _point(start), _point(end))
        except NoRulerError as error:
            typer.echo(f"hairdensity: {error}", err=True)
            raise typer.Exit(EXIT_NONE_USABLE) from None
        profile = profile_of(findings, name=device or "unnamed")
        if as_json:
            typer.echo(json.dumps(asdict(profile), indent=2))
        else:
            typer.echo("\n".join(_lines(findings)))
        if device is not None or out is not None:
            typer.echo(f"profile written to {shown(write_profile(profile, folder=profiles, file=out))}", err=True)


def _point(text: str | None) -> tuple[float, float]:
    try:
        row, col = (float(part) for part in (text or "").split(","))
    except ValueError:
        raise typer.BadParameter(f"a point is ROW,COL in px, got {text!r}") from None
    return row, col


def _lines(findings: Findings) -> list[str]:
    """What was found, for people."""
    scale = findings.calibration
    lines = [f"{scale.um_per_px:.4f} um/px, +- {scale.relative_error:.2%}: {scale.source}"]
    lines += [f"  {line}" for line in findings.details]
    if findings.um_per_px_rows is not None and findings.um_per_px_cols is not None:
        lines.append(
            f"along the rows {findings.um_per_px_cols:.4f}, down the columns {findings.um_per_px_rows:.4f} um/px"
        )
    if findings.distortion is not None and findings.distortion_error is not None:
        lines.append(f"distortion at the corner {findings.distortion:+.2%} +- {findings.distortion_error:.2%}")
    return [*lines, *(f"note: {note}" for note in findings.notes)]
