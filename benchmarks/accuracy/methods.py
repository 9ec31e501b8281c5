"""The methods that are compared side by side, one thread each: processes run beside each other."""

from __future__ import annotations

import argparse
import sys

import cv2

from hairdensity.analysis import Settings
from hairdensity.errors import HairDensityError
from hairdensity.segmentation import NetworkSettings, find_model

METHODS = ("ridges", "network")
PROCESSES = 2


def add_method_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--methods", nargs="+", choices=METHODS, default=list(METHODS))
    parser.add_argument("--model", help="name or folder of the network's model; the newest shipped one by default")


def ready_methods(methods: list[str], model: str | None) -> dict[str, Settings]:
    """Settings by method, without the network where there is no model."""
    settings = {}
    for method in methods:
        try:
            if method == "network":
                find_model(model)
            settings[method] = Settings(
                method=method, model=model if method == "network" else None, network=NetworkSettings(threads=1)
            )
        except HairDensityError as error:
            print(f"skipped: {method} ({error})", file=sys.stderr)
    return settings


def one_thread() -> None:
    cv2.setNumThreads(1)
