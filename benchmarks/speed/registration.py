"""Seconds of a registration against the number of hairs, on one core.

    python benchmarks/speed/registration.py [--rounds 5] [--json FILE]

Constellations of true roots of rendered scalp, 75 % of which both visits share, with a fifth of the hairs lost and new;
the last one is the 12 MP field. What was found is checked before the clock starts. A refusal takes longer than an
acceptance, because its reason is looked for. The skin's texture is timed on one rendered pair.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2

from benchmarks.accuracy.registration_scenes import true_constellation
from benchmarks.reporting import figure, write_report
from hairdensity.analysis import Settings, analyze
from hairdensity.calibration import Calibration
from hairdensity.comparison.registering.constellation import Constellation
from hairdensity.comparison.registration import register, register_constellations
from hairdensity.synthetic.follow_up import Visit, make_follow_up
from hairdensity.synthetic.presets import clipped
from hairdensity.synthetic.render import render
from hairdensity.synthetic.scene import Scene, make_scene
from hairdensity.synthetic.truth import truth_of

FIELDS = {
    "1.3 MP, 150 hairs/cm2": ((5.7, 7.1), 150.0),
    "1.3 MP, 300 hairs/cm2": ((5.7, 7.1), 300.0),
    "1 cm2, 150 hairs/cm2": ((8.9, 11.24), 150.0),
    "12 MP at 5 um/px, 150 hairs/cm2": ((15.0, 20.0), 150.0),
}
VISIT = Visit(lost_fraction=0.2, new_per_cm2=30.0, turn_deg=20.0, shift_um=(500.0, -500.0))
TARGET = "<= 0.2 s"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", type=Path, help="also write the report here")
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    rows = [time_field(name, *field, rounds=arguments.rounds) for name, field in FIELDS.items()]
    pictures = time_pictures(arguments.rounds)
    lines = [
        figure(f"Registration, {row['field']} ({row['hairs']} hairs)", f"{row['seconds']:.2f} s", TARGET)
        for row in rows
    ]
    lines.append(figure("Registration of two 1.3 MP pictures with their skin's texture", f"{pictures:.2f} s", TARGET))
    write_report("speed of registration", {"fields": rows, "pictures_s": pictures}, lines, path=arguments.json)


def time_field(name: str, field_mm: tuple[float, float], density: float, *, rounds: int) -> dict[str, Any]:
    """Seconds to accept the same skin, and to refuse other skin."""
    settings = replace(clipped(density), field_mm=field_mm)
    before, after = _visits(make_scene(settings, 1, around_um=2500.0))
    stranger = true_constellation(truth_of(make_scene(settings, 2)))
    assert register_constellations(before, after).accepted
    assert not register_constellations(before, stranger).accepted
    return {
        "field": name,
        "hairs": len(before.roots_um),
        "seconds": _seconds(lambda: register_constellations(before, after), rounds),
        "seconds_refused": _seconds(lambda: register_constellations(before, stranger), rounds),
    }


def _visits(scene: Scene) -> tuple[Constellation, Constellation]:
    later = make_follow_up(scene, VISIT, 3).scene
    return true_constellation(truth_of(scene)), true_constellation(truth_of(later))


def time_pictures(rounds: int) -> float:
    """Seconds for two pictures that were analyzed before."""
    scene = make_scene(clipped(150.0), 1, around_um=2500.0)
    before, after = (
        analyze(
            render(one).image,
            calibration=Calibration(um_per_px=one.settings.um_per_px),
            settings=Settings(method="ridges"),
        )
        for one in (scene, make_follow_up(scene, VISIT, 3).scene)
    )
    assert register(before, after).accepted
    return _seconds(lambda: register(before, after), rounds)


def _seconds(call: Callable[[], object], rounds: int) -> float:
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return round(statistics.median(times), 4)


if __name__ == "__main__":
    main()
