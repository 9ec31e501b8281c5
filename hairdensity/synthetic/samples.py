"""The sample images of the project and their truth.

``python -m hairdensity.synthetic.samples OUT_DIR`` makes them anew, the same bytes every time.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hairdensity.synthetic.camera import encode_jpeg
from hairdensity.synthetic.follow_up import FollowUp, Visit, fates_of, make_follow_up
from hairdensity.synthetic.presets import clipped, light_on_dark, unclipped
from hairdensity.synthetic.render import render
from hairdensity.synthetic.scene import Scene, make_scene
from hairdensity.synthetic.truth import Truth, truth_of

__all__ = ["sample_scenes", "truth_text", "write_images", "write_samples"]

BASELINE, FOLLOW_UP = "visit_baseline", "visit_follow_up"
SCHEMA = "hairdensity/truth-1"
JPEG_QUALITY = 92


def write_samples(folder: Path) -> None:
    """Render every sample and write it with ``truth.json``.

    Parameters
    ----------
    folder : Path
        Made when missing; files of the same names are overwritten.
    """
    folder.mkdir(parents=True, exist_ok=True)
    scenes = sample_scenes()
    write_images(folder, scenes)
    (folder / "truth.json").write_text(truth_text(scenes), encoding="utf-8")


def sample_scenes() -> dict[str, Scene]:
    """Every sample by name; the pair of visits comes last."""
    return {
        "clipped_150_per_cm2": make_scene(clipped(150.0, graphics=True), 11),
        "clipped_sparse": make_scene(clipped(60.0, direction_deg=115.0), 12),
        "unclipped_long": make_scene(unclipped(), 13),
        "light_hair_dark_skin": make_scene(light_on_dark(), 14),
        BASELINE: _baseline(),
        FOLLOW_UP: _follow_up().scene,
    }


def write_images(folder: Path, scenes: Mapping[str, Scene]) -> None:
    """Write each scene as NAME.jpg; the pixels are compressed once."""
    for name, scene in scenes.items():
        image, _ = render(scene, image_id=name, compressed=False)
        quality = scene.settings.camera.jpeg_quality or JPEG_QUALITY
        (folder / f"{name}.jpg").write_bytes(encode_jpeg(image.pixels, quality))


def truth_text(scenes: Mapping[str, Scene]) -> str:
    """``truth.json`` of the samples: what each picture shows, and what became of the hairs between the visits."""
    truths = {name: truth_of(scene) for name, scene in scenes.items()}
    matrix_px = _follow_up().matrix_px
    fates = fates_of(truths[BASELINE], truths[FOLLOW_UP], matrix_px)
    pair = {
        "baseline": f"{BASELINE}.jpg",
        "follow_up": f"{FOLLOW_UP}.jpg",
        "matrix": [[round(float(x), 6) for x in row] for row in matrix_px],
        "kept": fates.kept.tolist(),
        "lost": fates.lost.tolist(),
        "new": fates.new.tolist(),
    }
    images = [_image_entry(name, truth) for name, truth in truths.items()]
    return _readable({"schema": SCHEMA, "images": images, "pairs": [pair]})


def _baseline() -> Scene:
    return make_scene(clipped(110.0, direction_deg=80.0), 15)


def _follow_up() -> FollowUp:
    return make_follow_up(_baseline(), Visit(lost_fraction=0.12), 17)


def _image_entry(name: str, truth: Truth) -> dict[str, Any]:
    """What one picture shows; the hairs are those whose root lies in the frame."""
    lines = truth.hairs
    return {
        "file": f"{name}.jpg",
        "um_per_px": truth.um_per_px,
        "n_hairs": truth.n_hairs,
        "area_cm2": round(truth.area_cm2, 6),
        "density_per_cm2": round(truth.density_per_cm2, 3),
        "hairs": [
            {
                "hair_id": int(truth.hair_id[i]),
                "unit_id": int(truth.unit_id[i]),
                "root_px": _rounded(lines.roots_px[i]),
                "tip_px": _rounded(lines.tips_px[i]),
                "length_um": round(float(truth.length_um[i]), 1),
                "diameter_um": round(float(truth.diameter_um[i]), 2),
            }
            for i in truth.in_frame.nonzero()[0]
        ],
    }


def _rounded(point: Any) -> list[float]:
    return [round(float(x), 2) for x in point]


def _readable(document: dict[str, Any]) -> str:
    """JSON with one line for each hair and each innermost list."""
    text = json.dumps(document, indent=1)
    for innermost in (r"\[[^\[\]{}]+\]", r'\{\s+"hair_id"[^{}]+\}'):
        text = re.sub(innermost, lambda found: re.sub(r"\s+", " ", found.group()), text)
    return text + "\n"


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python -m hairdensity.synthetic.samples OUT_DIR")
    write_samples(Path(sys.argv[1]))
