import sys
from functools import partial
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hairdensity.errors import InputError, MissingDependencyError, ResourceError
from hairdensity.segmentation import network
from hairdensity.segmentation.model_files import ModelFiles, ModelId
from hairdensity.segmentation.network import NetworkSettings, load_predictor, predict_tiled, segment_with_network

REACH = 20
"""px that the stand-in network sees on each side."""


def stand_in(tiles: np.ndarray, reach: int = REACH) -> tuple[np.ndarray, np.ndarray]:
    """A network of known reach: a box filter on the green channel, with zeros outside as convolutions have."""
    side = 2 * reach + 1
    green = [cv2.blur(tile[..., 1].astype(np.float32), (side, side), borderType=cv2.BORDER_CONSTANT) for tile in tiles]
    fine = np.repeat(np.stack(green)[:, None] / 255, 3, axis=1)
    return fine.astype(np.float16), np.repeat(fine[:, :1, ::2, ::2], 19, axis=1).astype(np.float16)


def model(folder: Path = Path("nowhere")) -> ModelFiles:
    return ModelFiles(
        id=ModelId(name="stand-in", version="1", sha256="0"),
        folder=folder,
        sha256={},
        working_um_per_px=5.0,
        um_per_px_range=(4.0, 8.0),
        base=4,
        depth=4,
    )


def picture(height: int, width: int) -> np.ndarray:
    return np.random.default_rng(height + width).integers(0, 256, (height, width, 3), dtype=np.uint8)


@pytest.fixture
def with_stand_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(network, "load_predictor", lambda model, settings: stand_in)


@given(st.integers(1, 5000), st.integers(3, 40), st.integers(0, 10), st.sampled_from([4, 32]))
def test_tiles_cover_every_pixel_once_with_half_an_overlap_around(
    extent: int, tile: int, overlap: int, stride: int
) -> None:
    tile, overlap = tile * stride, min(overlap, tile // 2) * stride
    spans = list(network._spans(extent, tile, overlap, stride))
    whole = -(-extent // stride) * stride
    assert [span.first for span in spans] == [0, *(span.last for span in spans[:-1])]
    assert spans[-1].last == spans[-1].stop == whole
    assert all(span.start % stride == 0 and span.stop - span.start <= tile for span in spans)
    assert len({span.stop - span.start for span in spans}) == 1
    assert all(span.first - span.start >= overlap / 2 for span in spans[1:])
    assert all(span.stop - span.last >= overlap / 2 for span in spans[:-1])


@pytest.mark.parametrize("shape", [(300, 500), (257, 129), (64, 700)])
def test_tiles_join_without_a_seam_when_the_overlap_holds_the_networks_reach(shape: tuple[int, int]) -> None:
    pixels = picture(*shape)
    whole = predict_tiled(pixels, stand_in, tiling=(1024, 64, 32))
    tiled = predict_tiled(pixels, stand_in, tiling=(128, 64, 32))
    for one, other, step in zip(tiled, whole, (1, 2), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-3)
        assert one.shape[1:] == tuple(-(-side // step) for side in shape)


def test_tiles_without_overlap_show_seams() -> None:
    pixels = picture(300, 500)
    whole, _ = predict_tiled(pixels, stand_in, tiling=(1024, 64, 32))
    tiled, _ = predict_tiled(pixels, stand_in, tiling=(128, 0, 32))
    assert np.abs(whole - tiled).max() > 0.1


@pytest.mark.parametrize("shape", [(1, 1), (1, 90), (33, 2)])
def test_small_pictures_are_filled_up(shape: tuple[int, int]) -> None:
    fine, coarse = predict_tiled(picture(*shape), stand_in, tiling=(128, 64, 32))
    assert fine.shape == (3, *shape)
    assert coarse.shape == (19, (shape[0] + 1) // 2, (shape[1] + 1) // 2)


@pytest.mark.parametrize(("um_per_px", "size", "map_um"), [(5.0, 80, 5.0), (2.5, 40, 5.0), (8, 128, 5.0), (14, 160, 7)])
@pytest.mark.usefixtures("with_stand_in")
def test_pictures_are_brought_to_the_working_scale(um_per_px: float, size: int, map_um: float) -> None:
    maps = segment_with_network(picture(80, 80), um_per_px=um_per_px, model=model())
    assert maps.centerline.shape == (size, size)
    assert maps.heading.shape == (16, size // 2, size // 2)
    assert maps.darkness.shape == (80, 80)
    assert maps.um_per_map_px == pytest.approx(map_um)
    assert maps.px_per_map_px == pytest.approx(80 / size)
    assert maps.model == model().id


@pytest.mark.parametrize("um_per_px", [2.0, 5.0, 9.0])
def test_a_point_keeps_its_place(um_per_px: float, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(network, "load_predictor", lambda model, settings: partial(stand_in, reach=2))
    pixels = np.full((300, 300, 3), 255, np.uint8)
    cv2.circle(pixels, (90, 170), 4, (0, 0, 0), -1)
    maps = segment_with_network(pixels, um_per_px=um_per_px, model=model())
    inside = maps.centerline[10:-10, 10:-10].astype(np.float32)
    darkest = np.argwhere(inside < inside.min() + 0.01).mean(axis=0) + 10
    assert maps.to_image_px(darkest) == pytest.approx([170, 90], abs=1.0)


@pytest.mark.usefixtures("with_stand_in")
def test_a_scale_that_the_network_has_not_seen_is_refused() -> None:
    with pytest.raises(InputError, match=r"answers at 4-8 um/px.*20 um/px is shown to it at 10: use --method ridges"):
        segment_with_network(picture(40, 40), um_per_px=20.0, model=model())
    assert segment_with_network(picture(40, 40), um_per_px=16.0, model=model()).um_per_map_px == 8.0


@pytest.mark.usefixtures("with_stand_in")
def test_pixels_are_left_as_they_are() -> None:
    pixels = picture(50, 60)
    before = pixels.copy()
    segment_with_network(pixels, um_per_px=5.0, model=model())
    np.testing.assert_array_equal(pixels, before)


@pytest.mark.parametrize(
    "wrong", [{"tile_px": 100, "overlap_px": 51}, {"overlap_px": -1}, {"device": "tpu"}, {"threads": 0}]
)
def test_settings_that_cannot_be_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(InputError, match="must be"):
        NetworkSettings(**wrong)


def test_worker_processes_keep_to_their_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    assert network._usable_cores() == 3
    monkeypatch.setenv("OMP_NUM_THREADS", "")
    assert network._usable_cores() >= 1


@pytest.mark.parametrize(
    ("device", "module", "remedy"),
    [
        ("cpu", "onnxruntime", "pip install onnxruntime"),
        ("cuda", "hairdensity.training.prediction", r"pip install 'hairdensity\[train\]'"),
    ],
)
def test_a_missing_runtime_names_its_remedy(
    device: str, module: str, remedy: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    monkeypatch.setattr(network, "whole_file", lambda model, name: tmp_path / name)
    with pytest.raises(MissingDependencyError, match=remedy):
        load_predictor(model(tmp_path), NetworkSettings(device=device))


def test_a_file_that_is_no_network_is_refused(tmp_path: Path) -> None:
    (tmp_path / "network.onnx").write_bytes(b"nothing")
    with pytest.raises(ResourceError, match="cannot be loaded by onnxruntime"):
        load_predictor(model(tmp_path), NetworkSettings(threads=1))
