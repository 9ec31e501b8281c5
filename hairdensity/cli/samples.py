"""``hairdensity samples``: where the sample images are."""

from __future__ import annotations

import typer

from hairdensity.cli.faults import faults_as_exit_codes
from hairdensity.resources import sample_image_paths

__all__ = ["samples"]


def samples() -> None:
    """Print the paths of the sample images that come with the package."""
    with faults_as_exit_codes():
        for path in sample_image_paths():
            typer.echo(path)
