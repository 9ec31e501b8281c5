"""How well scales are found: burned-in bars with their labels, and rulers, on rendered scalps; bars on real captures.

    python benchmarks/accuracy/calibration.py [REAL] [--fonts DIR] [--bars 300] [--rulers 60] [--json FILE]

Bars of many fonts, colors, lengths and units are drawn over rendered scalps and compressed; each font is read without
its own templates. REAL is a folder of captures with a bar of 1.0 mm that is 180.5 px long; a folder ``unlabelled``
beside it holds pictures without one. Pictures and results of REAL stay where they are.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

import cv2
import numpy as np
from PIL import ImageFont

from benchmarks.accuracy.phantom_scenes import SUITES
from benchmarks.reporting import figure, write_report
from hairdensity.calibration import find_rulers, find_scale_bar
from hairdensity.calibration.glyphs import load_templates
from hairdensity.image import read_image
from hairdensity.synthetic.render import render
from hairdensity.synthetic.scale_marks import BarDrawing, RulerDrawing, draw_bar, draw_ruler, lay_hairs
from hairdensity.synthetic.scene import make_scene

REAL_BAR_PX = {"as handed down": 179.5, "its drawn edges": 180.5}
"""px of 1.0 mm in the real captures; their program's own circles, r = 2.522 mm at 456.0 px, tell 180.8."""

COLORS = ((20, 20, 20), (245, 245, 245), (230, 40, 40), (240, 220, 40), (40, 200, 60), (60, 220, 230))
LABELS = {
    100.0: ("100 um", "0.1 mm", "100 \N{MICRO SIGN}m"),
    200.0: ("200 um", "0.2 mm", "200\N{MICRO SIGN}m"),
    250.0: ("250 um", "0.25 mm"),
    500.0: ("500 um", "0.5mm", "0.5 mm", "500 \N{MICRO SIGN}m"),
    1000.0: ("1.0 mm", "1mm", "1 mm", "1000 um"),
    2000.0: ("2 mm", "2.0 mm"),
    5000.0: ("5 mm", "5.0mm", "0.5 cm"),
    10000.0: ("10 mm", "1 cm"),
}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("real", nargs="?", type=Path, help="folder of real captures with a bar")
    parser.add_argument("--fonts", type=Path, help="folder of font files for the labels; else Pillow's own alone")
    parser.add_argument("--bars", type=int, default=300)
    parser.add_argument("--rulers", type=int, default=60)
    parser.add_argument("--json", type=Path, help="also write the report here")
    arguments = parser.parse_args()
    scalps = list(backgrounds())
    rng = np.random.default_rng(20)
    fonts = sorted(arguments.fonts.rglob("*.ttf")) if arguments.fonts else [None]
    results = {
        "bars": [one_bar(scalps[i % len(scalps)], fonts[rng.integers(len(fonts))], rng) for i in range(arguments.bars)],
        "without_bar": [without_bar(scalp) for scalp in scalps],
        "rulers": [one_ruler(scalps[i % len(scalps)], rng) for i in range(arguments.rulers)],
        "seconds_12mp": seconds_12mp(scalps[0]),
    }
    if arguments.real is not None:
        results |= real_bars(arguments.real)
    lines = figures(results)
    for line in lines:
        print(f"{line['what']}: {line['value']}  (aim: {line['target'] or '-'})", file=sys.stderr)
    write_report("scales: bars and rulers", results, lines, path=arguments.json)


def backgrounds():
    """Rendered scalps without anything drawn over them: clipped, short, light hair, scaly."""
    for suite, name in (
        ("modes", "clipped, 150 per cm2"),
        ("modes", "short, 1-4 mm, 150 per cm2"),
        ("modes", "long, 50 per cm2"),
        ("light", "light hair, dark skin, 110 per cm2"),
        ("bald", "bald, scaly skin"),
    ):
        yield np.array(render(make_scene(SUITES[suite][name], 7)).image.pixels)


def one_bar(scalp, font_path, rng):
    """A bar of random looks on a scalp, as it is found."""
    size = int(rng.integers(12, 40))
    font = ImageFont.load_default(size) if font_path is None else ImageFont.truetype(str(font_path), size)
    name = "Aileron" if font_path is None else font.getname()[0]
    height, width = scalp.shape[:2]
    length_px = int(rng.integers(80, 420))
    # A bar of a length that a trichoscope could show in so many pixels.
    fits = [um for um in LABELS if 1.5 <= um / length_px <= 25]
    length_um = fits[rng.integers(len(fits))]
    color = COLORS[rng.integers(len(COLORS))]
    panel = None if rng.random() < 0.6 else ((25, 25, 25) if sum(color) > 300 else (235, 235, 235))
    bar = BarDrawing(
        length_px=length_px,
        thickness_px=int(rng.choice([1, 2, 3, 5, 8])),
        corner=(int(rng.integers(80, height - 40)), int(rng.integers(20, width - length_px - 200))),
        caps_px=int(rng.choice([0, 0, 5, 9])),
        color=color,
        label=str(rng.choice(LABELS[length_um])),
        font=font,
        label_color=color,
        panel=panel,
        beside=bool(rng.random() < 0.4),
    )
    quality = int(rng.choice([80, 90, 95, 100]))
    packed = cv2.imencode(".jpg", draw_bar(scalp, bar)[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    pixels = cv2.imdecode(packed, cv2.IMREAD_COLOR)[..., ::-1]
    found = find_scale_bar(pixels, templates=load_templates().without(name))
    truth = length_um / length_px
    return {
        "font": name,
        "size_px": size,
        "color": color,
        "panel": panel is not None,
        "label": bar.label,
        "true_um_per_px": truth,
        "read": None if found is None else found.label,
        "error": None if found is None else found.length_um / found.length_px / truth - 1,
        "relative_error": None if found is None else found.relative_error,
        "misread": found is not None and abs(found.length_um / length_um - 1) > 1e-6,
    }


def without_bar(scalp):
    """What is wrongly found where nothing is drawn."""
    return {"bar": find_scale_bar(scalp) is not None, "rulers": len(find_rulers(scalp))}


def one_ruler(scalp, rng):
    """A ruler in a random direction, under hairs, behind optics, as it is found."""
    height, width = scalp.shape[:2]
    spacing, angle = float(np.exp(rng.uniform(np.log(8), np.log(80)))), float(rng.uniform(0, 180))
    middle = (height / 2 + rng.uniform(-100, 100), width / 2 + rng.uniform(-100, 100))
    drawing = RulerDrawing(
        spacing, angle, middle, float(rng.uniform(50, 120)), tick_share=float(rng.uniform(0.08, 0.25)),
        body=float(rng.uniform(150, 235)), ink=float(rng.uniform(20, 70)), phase=float(rng.uniform(0, 1)),
    )  # fmt: skip
    pixels = lay_hairs(draw_ruler(scalp, drawing), int(rng.integers(0, 40)), rng)
    slope = np.linspace(*(1 + rng.uniform(-0.35, 0.35, 2)), width)[None, :, None]
    blurred = cv2.GaussianBlur(pixels, (0, 0), rng.uniform(0.6, 2.5 if spacing > 12 else 1.2)) * slope
    noisy = np.clip(blurred + rng.normal(0, 4, blurred.shape), 0, 255).astype(np.uint8)
    rulers = find_rulers(noisy, most=1)
    found = rulers[0] if rulers else None
    return {
        "spacing_px": spacing,
        "angle_deg": angle,
        "error": None if found is None else found.spacing_px / spacing - 1,
        "stated_error": None if found is None else found.spacing_error_px / spacing,
        "n_ticks": 0 if found is None else len(found.numbers),
    }


def seconds_12mp(scalp):
    """Processor time of searching a picture of 12 MP without a bar; the best of three."""
    large = cv2.resize(scalp, (4000, 3000), interpolation=cv2.INTER_CUBIC)
    seconds = []
    for _ in range(3):
        start = time.process_time()
        find_scale_bar(large)
        seconds.append(time.process_time() - start)
    return min(seconds)


def real_bars(folder):
    """The bar of every real capture, and what is found in pictures without one."""
    load_templates()
    rows = []
    for path in sorted(folder.glob("*.jpg")):
        image = read_image(path)
        start = time.process_time()
        found = find_scale_bar(image.pixels)
        seconds = time.process_time() - start
        rows.append(
            {
                "label": None if found is None else found.label,
                "length_px": None if found is None else found.length_px,
                "relative_error": None if found is None else found.relative_error,
                "seconds": seconds,
            }
        )
    others = folder.parent / "unlabelled"
    false = [find_scale_bar(read_image(path).pixels) is not None for path in sorted(others.glob("*.jpg"))]
    return {"real": rows, "real_without_bar": {"n": len(false), "false": sum(false)}}


def figures(results):
    """The lines of the README's table."""
    bars, rulers = results["bars"], results["rulers"]
    found = [row for row in bars if row["error"] is not None and not row["misread"]]
    misread = sum(row["misread"] for row in bars)
    measured = np.abs([row["error"] for row in rulers if row["error"] is not None])
    right = sum(abs(row["error"]) <= 0.01 for row in found)
    lines = [
        figure(f"Rendered scale bars found and right within 1 %, {len(bars)} bars", f"{right / len(bars):.0%}"),
        figure(f"Labels of rendered bars misread, {len(bars)} bars", str(misread), "0"),
        figure("Error of the length of rendered bars, 95 of 100 below", f"{_p95(row['error'] for row in found):.2%}"),
        figure(
            f"Rendered rulers at any angle right within 0.5 %, {len(rulers)} rulers",
            f"{(measured <= 0.005).sum() / len(rulers):.0%}, worst found {measured.max():.2%}",
            "all within 0.5 %",
        ),
        figure(
            f"Bars and rulers found where none is, {len(results['without_bar'])} rendered scalps",
            f"{sum(row['bar'] for row in results['without_bar'])} and "
            f"{sum(row['rulers'] > 0 for row in results['without_bar'])}",
            "0",
        ),
        figure("Search for a scale bar, 12 MP", f"{1000 * results['seconds_12mp']:.0f} ms", "at most 60 ms"),
    ]
    if "real" in results:
        rows = results["real"]
        lengths = np.array([row["length_px"] or np.nan for row in rows])
        for name, truth in REAL_BAR_PX.items():
            share = (np.abs(lengths / truth - 1) <= 0.01).sum() / len(rows)
            lines.append(
                figure(f"Scale bars of {len(rows)} real captures within 1 % of {truth} px ({name})", f"{share:.1%}",
                       "at least 95 %")
            )  # fmt: skip
        none = results["real_without_bar"]
        lines.append(figure(f"False scale bars, {none['n']} real pictures without one", str(none["false"]), "0"))
    return lines


def _p95(errors):
    return float(np.percentile(np.abs(list(errors)), 95))


if __name__ == "__main__":
    main()
