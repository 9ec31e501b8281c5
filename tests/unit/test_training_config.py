import tomllib
from dataclasses import asdict, replace

import pytest

from hairdensity.errors import InputError
from hairdensity.training.config import read_settings, settings_text
from hairdensity.training.crops import CropSettings
from hairdensity.training.loop import LoopSettings
from hairdensity.training.network import NetworkSettings


def read(tmp_path, text, defaults=None):
    path = tmp_path / "settings.toml"
    path.write_text(text)
    return read_settings(path, defaults or LoopSettings())


def test_a_file_changes_what_it_names_alone(tmp_path):
    assert read(tmp_path, "steps = 7\naverage = 0") == replace(LoopSettings(), steps=7, average=0.0)


def test_tables_reach_the_parts(tmp_path):
    text = "batch = 2\n[crops]\num_per_px_range = [5, 6.5]\n[crops.appearance]\ngain_sd = 0\n[network]\nbase = 8\n"
    settings = read(tmp_path, text)
    assert settings.crops.um_per_px_range == (5.0, 6.5)
    assert settings.crops.appearance.gain_sd == 0.0
    assert (settings.batch, settings.network.base, settings.network.depth) == (2, 8, 4)


def test_what_is_written_is_read_again(tmp_path):
    settings = LoopSettings(
        steps=9,
        mixed_precision=True,
        learning_rate=1e-5,
        crops=CropSettings(side_px=64, um_per_px_range=(4.5, 7.0)),
        network=NetworkSettings(base=4, depth=2),
    )
    assert read(tmp_path, settings_text(settings)) == settings
    assert tomllib.loads(settings_text(settings))["crops"]["um_per_px_range"] == [4.5, 7.0]
    assert len(tomllib.loads(settings_text(settings))) == len(asdict(settings))


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("stepps = 3", "unknown key stepps; did you mean steps?"),
        ("[crops]\nside = 64", "unknown key crops.side"),
        ("[crops.appearance]\nglow = 1", "known are gain_sd"),
        ("steps = 2.5", "steps must be a whole number, got 2.5"),
        ("steps = true", "steps must be a whole number"),
        ("learning_rate = 'low'", "learning_rate must be a number"),
        ("learning_rate = nan", "learning_rate must be a number"),
        ("mixed_precision = 1", "mixed_precision must be true or false"),
        ("device = 0", "device must be a text"),
        ("crops = 3", r"crops must be a table, written \[crops\]"),
        ("[crops]\num_per_px_range = [4]", "crops.um_per_px_range must be a list of 2"),
        ("[crops]\num_per_px_range = ['a', 4]", "crops.um_per_px_range must be a number"),
        ("steps = 0", "steps must be 1 or more, got 0"),
        ("learning_rate = 3", "learning_rate must lie in"),
        ("device = 'tpu'", "device must be cpu or cuda"),
        ("warm_up = 1", "warm_up must be"),
        ("seed = -1", "seed must be 0 or more"),
        ("[crops]\nside_px = 100", "crops.side_px must be a multiple of 32"),
        ("[crops]\nrooted_share = 1.5", "rooted_share must lie in 0-1"),
        ("[crops]\num_per_px_range = [8, 4]", "um_per_px_range must be positive"),
        ("[crops.appearance]\nblur_share = -1", "blur_share must lie in 0-1"),
        ("[network]\ndepth = 9", "depth 1-6"),
        ("steps = ", "is no valid TOML"),
    ],
)
def test_mistakes_are_named(tmp_path, text, named):
    with pytest.raises(InputError, match=named) as raised:
        read(tmp_path, text)
    assert "settings.toml" in str(raised.value)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(InputError, match=r"none\.toml cannot be read"):
        read_settings(tmp_path / "none.toml", LoopSettings())
