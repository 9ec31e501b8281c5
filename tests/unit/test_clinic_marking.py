"""What of a scale can be seen in a picture."""

from types import SimpleNamespace

import cv2
import numpy as np
import pytest
from PIL import ImageFont

from hairdensity.clinic.tasks.marking import handle
from hairdensity.synthetic.scale_marks import BarDrawing, draw_bar


def _bench(tmp_path, pixels):
    cv2.imwrite(str(tmp_path / "one.png"), pixels[..., ::-1])
    return SimpleNamespace(files=SimpleNamespace(path=lambda sha256: tmp_path / f"{sha256}.png"))


def test_bar_without_a_label_is_marked_at_its_ends(tmp_path):
    pixels = np.full((480, 640, 3), 210, np.uint8)
    pixels[400:404, 100:400] = 0
    found = handle({"sha256": "one"}, _bench(tmp_path, pixels))
    (bar,) = found["bars"]
    assert bar["label"] == ""
    assert found["scale"] is None
    assert np.array(bar["ends_px"]) == pytest.approx(np.array([[401.5, 99.5], [401.5, 399.5]]), abs=0.6)


def test_bar_with_a_label_tells_the_scale(tmp_path):
    drawing = BarDrawing(length_px=200, corner=(300, 60), font=ImageFont.load_default(20), label="1.0 mm")
    pixels = draw_bar(np.full((480, 640, 3), 170, np.uint8), drawing)
    found = handle({"sha256": "one"}, _bench(tmp_path, pixels))
    assert found["scale"] == {"label": "1.0 mm", "um_per_px": pytest.approx(5.0, rel=0.005)}
    assert "1.0 mm" in {bar["label"] for bar in found["bars"]}


def test_bare_skin_has_no_marks(tmp_path):
    found = handle({"sha256": "one"}, _bench(tmp_path, np.full((480, 640, 3), 210, np.uint8)))
    assert (found["bars"], found["scale"], found["rulers"]) == ([], None, [])
