"""`study blind` and `study unblind`: what readers get, what stays behind, and what is altered is found."""

import csv
import hashlib
import json
import shutil
import stat
import struct
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest
from PIL import Image
from typer.testing import CliRunner

from hairdensity.analysis import Settings, analyze
from hairdensity.calibration import Calibration
from hairdensity.cli import app
from hairdensity.errors import StorageError
from hairdensity.image import read_image
from hairdensity.study.blinding.copying import prepare_stripping
from hairdensity.study.blinding.sealing import BlindSettings, blind
from hairdensity.study.manifest import read_manifest
from hairdensity.study.readings import read_readings
from hairdensity.workers import Outcome

pytest.importorskip("pyarrow")

N_PICTURES = 10
NAMES = ("JANE-EXAMPLE", "P01", "P02", "week", "baseline", "vertex", "Arm-A", "Arm-B", "2024")


@pytest.fixture
def hairdensity(pool_here, monkeypatch):
    """Run a command; pictures are stripped in this process."""

    def run_here(prepare, tasks, *, n_workers, on_done):
        return pool_here(prepare, n_workers=n_workers, n_threads=1).run(tasks, on_done=on_done)

    monkeypatch.setattr("hairdensity.workers.run_tasks", run_here)
    return lambda *arguments: CliRunner().invoke(app, ["study", *map(str, arguments)])


@pytest.fixture(scope="module")
def originals(tmp_path_factory):
    """Ten JPEG pictures of five patients in folders with the same names; metadata name them all."""
    root = tmp_path_factory.mktemp("originals")
    rng = np.random.default_rng(3)
    lines = ["image,patient,site,visit,week,date,arm,um_per_px,x_age"]
    for number in range(N_PICTURES):
        patient, visit, week = f"P{number // 2 + 1:02d}", ("baseline", "week 12")[number % 2], 12 * (number % 2)
        (root / visit).mkdir(exist_ok=True)
        pixels = cv2.GaussianBlur(rng.integers(90, 200, (48, 64, 3), dtype=np.uint8), (5, 5), 2)
        exif = Image.Exif()
        exif[0x010E] = exif[0x013B] = "JANE-EXAMPLE"
        name = f"{visit}/{patient}.jpg"
        Image.fromarray(pixels).save(root / name, exif=exif, comment=b"JANE-EXAMPLE", quality=90)
        arm = "Arm-A" if number < 4 else "Arm-B"
        lines.append(f"{name},{patient},vertex,{visit},{week},2024-0{1 + week // 4}-01,{arm},5,{40 + number // 2}")
    (root / "manifest.csv").write_text("\n".join(lines) + "\n")
    return root


@pytest.fixture(scope="module")
def sealed(originals, tmp_path_factory):
    """The ten pictures blinded once, with a secret that every test run has."""

    def strip_here(tasks):
        strip = prepare_stripping()
        return [Outcome(value=strip(task)) for task in tasks]

    out = tmp_path_factory.mktemp("sealed") / "blinded"
    settings = BlindSettings(seed=42, repeats=0.2, secret=b"s" * 32)
    return blind(read_manifest(originals / "manifest.csv"), out, settings, strip_all=strip_here).folder


@pytest.fixture
def study(originals, tmp_path):
    """A manifest whose pictures may be altered."""
    return Path(shutil.copytree(originals, tmp_path / "pictures")) / "manifest.csv"


@pytest.fixture
def blinded(sealed, tmp_path):
    """A blinding that may be altered."""
    return Path(shutil.copytree(sealed, tmp_path / "blinded"))


@pytest.fixture
def forms(blinded, tmp_path):
    """The forms of both readers: each writes down the sum of the pixels, and 2 more for the second reader."""
    paths = []
    for reader in (1, 2):
        folder = blinded / f"reader-{reader}"
        rows = list(csv.reader((folder / "readings.csv").read_text().splitlines()))
        for row in rows[1:]:
            row[2] = str(int(read_image(folder / row[1]).pixels.sum()) + 2 * (reader - 1))
        paths.append(tmp_path / f"filled-{reader}.csv")
        paths[-1].write_text("\n".join(map(",".join, rows)) + "\n")
    return paths


def unblind(hairdensity, blinded, forms, out, *more):
    readings = [part for form in forms for part in ("--readings", form)]
    return hairdensity(
        "unblind", blinded / "key/key.json", *readings, "--out", out, "--by", "M1", "--reason", "all are in", *more
    )


def files_of(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def names_in(folder):
    return sorted(path.name for path in folder.iterdir())


def copies_of(blinded):
    return json.loads((blinded / "key/key.json").read_text())["copies"]


def test_nothing_that_readers_get_names_a_person_visit_arm_or_day(blinded, study):
    for reader in ("reader-1", "reader-2"):
        for name, data in files_of(blinded / reader).items():
            for told in NAMES:
                assert told.encode() not in data + name.encode(), (name, told)
            path = blinded / reader / name
            assert path.stat().st_mtime == 946_684_800
            assert not path.is_symlink()


def test_each_reader_gets_every_picture_once_and_a_share_twice(blinded):
    copies = pd.DataFrame(copies_of(blinded))
    assert copies["code"].is_unique
    for _, of_reader in copies.groupby("reader"):
        assert sorted(of_reader.loc[of_reader["reading"] == 1, "row"]) == list(range(1, N_PICTURES + 1))
        assert (of_reader["reading"] == 2).sum() == 2
    repeated = copies[copies["reading"] == 2].groupby("reader")["row"].apply(sorted)
    assert repeated["reader-1"] == repeated["reader-2"]
    assert not copies.duplicated(["reader", "sha256"]).any()


def test_the_copies_are_a_manifest_that_runs_with_nothing_to_compare(blinded):
    rows = read_manifest(blinded / "reader-1/manifest.csv").rows
    assert len(rows) == N_PICTURES + 2
    assert rows["patient"].is_unique
    assert set(rows["visit"]) == {"blinded"}
    assert set(rows["um_per_px"]) == {5.0}
    assert set(rows["arm"]) == {""}


def test_the_key_is_for_its_keeper_alone_and_committed_to_by_its_hash(blinded):
    key = blinded / "key/key.json"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert stat.S_IMODE(key.parent.stat().st_mode) == stat.S_IMODE(blinded.stat().st_mode) == 0o700
    sealed = json.loads((blinded / "reader-2/sealed.json").read_text())
    assert sealed["key_sha256"] == hashlib.sha256(key.read_bytes()).hexdigest()
    # 256 random bits: the hash tells nothing to who guesses the rest.
    assert len(bytes.fromhex(json.loads(key.read_text())["secret"])) == 32


def test_the_same_seed_and_secret_repeat_a_blinding_byte_for_byte(hairdensity, blinded, study, tmp_path):
    key = blinded / "key/key.json"
    arguments = ("blind", study, "--repeats", 0.2, "--secret-of", key)
    assert hairdensity(*arguments, "--out", tmp_path / "again", "--seed", 42).exit_code == 0
    again, before = (
        {name: data for name, data in files_of(folder).items() if not name.endswith("jsonl")}
        for folder in (tmp_path / "again", blinded)
    )
    assert again == before
    assert hairdensity(*arguments, "--out", tmp_path / "other", "--seed", 43).exit_code == 0
    assert not {copy["code"] for copy in copies_of(tmp_path / "other")} & {copy["code"] for copy in copies_of(blinded)}


def test_without_the_secret_the_same_seed_gives_other_codes(hairdensity, blinded, study, tmp_path):
    assert hairdensity("blind", study, "--out", tmp_path / "again", "--seed", 42).exit_code == 0
    assert not {copy["code"] for copy in copies_of(tmp_path / "again")} & {copy["code"] for copy in copies_of(blinded)}


@pytest.mark.parametrize("kind", ["folder", "empty", "file", "link"])
def test_what_is_there_is_never_written_over(hairdensity, study, tmp_path, kind):
    out = tmp_path / "there"
    if kind == "file":
        out.write_text("mine")
    elif kind == "link":
        out.symlink_to(tmp_path / "nowhere")
    else:
        out.mkdir()
    if kind == "folder":
        (out / "mine").write_text("mine")
    before = names_in(tmp_path)
    result = hairdensity("blind", study, "--out", out, "--seed", 1)
    assert result.exit_code == 2
    assert "nothing is written over" in result.output
    assert names_in(tmp_path) == before
    assert kind != "folder" or names_in(out) == ["mine"]


def test_an_interrupted_blinding_leaves_nothing(hairdensity, study, tmp_path, monkeypatch):
    calls = []

    def interrupted(*_, **__):
        calls.append(1)
        if len(calls) == 5:
            raise KeyboardInterrupt
        return "x", "y"

    monkeypatch.setattr("hairdensity.study.blinding.handing_out._copy", interrupted)
    before = names_in(tmp_path)
    assert hairdensity("blind", study, "--out", tmp_path / "blinded", "--seed", 1).exit_code == 130
    assert names_in(tmp_path) == before


def test_a_full_disk_leaves_nothing(hairdensity, study, tmp_path, monkeypatch):
    def full(*_, **__):
        raise StorageError("no space left on device")

    monkeypatch.setattr("hairdensity.study.blinding.handing_out._copy", full)
    before = names_in(tmp_path)
    assert hairdensity("blind", study, "--out", tmp_path / "blinded", "--seed", 1).exit_code == 4
    assert names_in(tmp_path) == before


def test_a_picture_that_cannot_be_read_is_left_out_and_named(hairdensity, study, tmp_path):
    (study.parent / "baseline/P02.jpg").write_bytes(b"\xff\xd8\xff\xe0 no picture")
    result = hairdensity("blind", study, "--out", tmp_path / "blinded", "--seed", 1)
    assert result.exit_code == 1
    assert "failed: row 3" in result.output
    assert 3 not in {copy["row"] for copy in copies_of(tmp_path / "blinded")}


def test_links_are_followed_and_copied_as_files(hairdensity, study, tmp_path):
    original = study.parent / "baseline/P01.jpg"
    original.rename(tmp_path / "elsewhere.jpg")
    original.symlink_to(tmp_path / "elsewhere.jpg")
    assert hairdensity("blind", study, "--out", tmp_path / "blinded", "--seed", 1).exit_code == 0
    assert not any(path.is_symlink() for path in (tmp_path / "blinded").rglob("*"))


def test_burned_in_text_is_pointed_out(hairdensity, study, tmp_path):
    pixels = np.full((240, 320, 3), 170, np.uint8)
    cv2.putText(pixels, "Doe 01.03.2024", (20, 60), cv2.FONT_HERSHEY_SIMPLEX, 0.6, (0, 0, 0), 1)
    cv2.imwrite(str(study.parent / "baseline/P02.jpg"), pixels)
    result = hairdensity("blind", study, "--out", tmp_path / "blinded", "--seed", 1)
    codes = [copy["file"] for copy in copies_of(tmp_path / "blinded") if copy["row"] == 3]
    (line,) = [line for line in result.output.splitlines() if line.startswith("  text:")]
    assert "row 3" in line
    assert all(code in line for code in codes)


def test_the_scale_of_tags_and_the_mask_of_the_area_go_along(hairdensity, study, tmp_path):
    text = study.read_text().splitlines()
    mask = np.zeros((48, 64), np.uint8)
    mask[10:30, 5:40] = 255
    cv2.imwrite(str(study.parent / "mask.png"), mask)
    picture = study.parent / "baseline/P01.jpg"
    Image.open(picture).save(picture, dpi=(5080, 5080))
    text[0] += ",area_mask,area"
    text[1] = text[1].replace(",5,40", ",,40") + ",mask.png,"
    text[2:] = [line + ",,circle=20,20,9".replace("20,20,9", '"20,20,9"') for line in text[2:]]
    text[2:] = [line.replace('circle="20,20,9"', '"circle=20,20,9"') for line in text[2:]]
    study.write_text("\n".join(text) + "\n")
    result = hairdensity("blind", study, "--out", tmp_path / "blinded", "--seed", 1, "--repeats", 0, "--as-png")
    assert result.exit_code == 0, result.output
    folder = tmp_path / "blinded/reader-1"
    code = next(copy["code"] for copy in copies_of(tmp_path / "blinded") if copy["row"] == 1)
    rows = read_manifest(folder / "manifest.csv").rows.set_index("patient")
    assert rows.loc[code, "um_per_px"] == pytest.approx(5.0, rel=1e-9)
    assert rows.loc[code, "scale_error"] == 0.05
    np.testing.assert_array_equal(read_image(folder / rows.loc[code, "area_mask"]).pixels[..., 0], mask)
    assert set(rows["area"].drop(code)) == {"circle=20,20,9"}
    assert all(name.endswith(".png") for name in rows["image"])


def test_a_coded_copy_gives_exactly_the_figures_of_the_original(hairdensity, tmp_path):
    pixels = read_image("sample_images/clipped_sparse.jpg").pixels[:240, :240]
    folder = tmp_path / "pictures"
    folder.mkdir()
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(pixels).save(folder / "turned.jpg", quality=88, exif=exif)
    (folder / "manifest.csv").write_text("image,patient,visit,um_per_px\nturned.jpg,P01,baseline,5\n")
    arguments = ("blind", folder / "manifest.csv", "--out", tmp_path / "b", "--seed", 1, "--repeats", 0)
    assert hairdensity(*arguments).exit_code == 0
    mine, theirs = (
        analyze(read_image(path), calibration=Calibration(um_per_px=5.0), settings=Settings(method="ridges"))
        for path in (tmp_path / "b" / copies_of(tmp_path / "b")[0]["file"], folder / "turned.jpg")
    )
    pd.testing.assert_frame_equal(mine.hairs, theirs.hairs, check_exact=True)
    assert len(mine.hairs)
    assert mine.metrics == theirs.metrics


def test_unblinding_gives_the_manifest_back_to_each_reading(hairdensity, blinded, forms, study, tmp_path):
    result = unblind(hairdensity, blinded, forms, tmp_path / "open")
    assert result.exit_code == 0, result.output
    readings = read_readings(tmp_path / "open/readings.parquet")
    assert readings.equals(read_readings(tmp_path / "open/readings.csv"))
    manifest = pd.read_csv(study)
    sums = readings[readings["figure"] == "n_hairs"]
    assert len(sums) == 2 * (N_PICTURES + 2)
    for reading in sums.itertuples():
        line = manifest.iloc[reading.row - 1]
        assert (reading.patient, reading.visit, reading.arm, reading.image, reading.week) == (
            line["patient"], line["visit"], line["arm"], line["image"], line["week"],
        )  # fmt: skip
        original = int(read_image(study.parent / line["image"]).pixels.sum())
        assert reading.value == original + 2 * (reading.reader == "reader-2")
    repeats = sums[sums["reading"] == 2]
    assert repeats.groupby("reader").size().tolist() == [2, 2]
    assert readings.loc[readings["figure"] == "n_units", "value"].isna().all()


def test_who_opened_it_when_and_why_is_recorded_before(hairdensity, blinded, forms, tmp_path):
    unblind(hairdensity, blinded, forms, tmp_path / "open")
    sealed, opened = map(json.loads, (blinded / "key/unblinding.jsonl").read_text().splitlines())
    assert (sealed["event"], opened["event"]) == ("sealed", "unblinded")
    assert (opened["by"], opened["reason"], opened["after_unblinding"]) == ("M1", "all are in", False)
    assert json.loads((tmp_path / "open/unblinding.json").read_text())["hash"] == opened["hash"]


def test_without_a_record_nothing_is_opened(hairdensity, blinded, forms, tmp_path):
    (blinded / "key/unblinding.jsonl").unlink()
    assert unblind(hairdensity, blinded, forms, tmp_path / "open").exit_code == 2
    (blinded / "key/unblinding.jsonl").mkdir()
    assert unblind(hairdensity, blinded, forms, tmp_path / "open").exit_code == 2
    assert not (tmp_path / "open").exists()


@pytest.mark.parametrize("missing", ["--by", "--reason"])
def test_an_unblinding_needs_a_person_and_a_reason(hairdensity, blinded, forms, tmp_path, missing):
    result = unblind(hairdensity, blinded, forms, tmp_path / "open", missing, " ")
    assert result.exit_code == 2
    assert missing in result.output
    assert not (tmp_path / "open").exists()


def test_an_altered_key_is_refused(hairdensity, blinded, forms, tmp_path):
    key = blinded / "key/key.json"
    key.write_text(key.read_text().replace('"Arm-A"', '"Arm-B"', 1))
    result = unblind(hairdensity, blinded, forms, tmp_path / "open")
    assert result.exit_code == 2
    assert "not the sealed one" in result.output
    assert not (tmp_path / "open").exists()
    assert len((blinded / "key/unblinding.jsonl").read_text().splitlines()) == 1


def test_all_faults_of_the_forms_are_listed(hairdensity, blinded, forms, tmp_path):
    lines = forms[0].read_text().splitlines()
    theirs = forms[1].read_text().splitlines()[1].replace("reader-2", "reader-1")
    forms[0].write_text(
        "\n".join([lines[0], *lines[2:], lines[3].replace(".jpg", ".png"), theirs, "reader-1,NONE.jpg,1,,,"])
    )
    result = unblind(hairdensity, blinded, forms, tmp_path / "open")
    assert result.exit_code == 2
    for fault in ("no row for", "never given out", "given to reader-2", "was read already"):
        assert fault in result.output
    assert not (tmp_path / "open").exists()


def test_a_reader_who_has_not_read_keeps_the_blinding_closed(hairdensity, blinded, forms, tmp_path):
    result = unblind(hairdensity, blinded, forms[:1], tmp_path / "open")
    assert result.exit_code == 2
    assert "no reading by reader-2" in result.output
    assert unblind(hairdensity, blinded, forms[:1], tmp_path / "open", "--partial").exit_code == 0


def test_readings_that_change_after_it_are_refused_or_marked(hairdensity, blinded, forms, tmp_path):
    assert unblind(hairdensity, blinded, forms, tmp_path / "open").exit_code == 0
    assert unblind(hairdensity, blinded, forms, tmp_path / "again").exit_code == 0
    text = forms[0].read_text()
    forms[0].write_text(text.replace(text.splitlines()[1].split(",")[2], "1"))
    result = unblind(hairdensity, blinded, forms, tmp_path / "changed")
    assert result.exit_code == 2
    assert not (tmp_path / "changed").exists()
    result = unblind(hairdensity, blinded, forms, tmp_path / "changed", "--after-unblinding")
    assert result.exit_code == 0
    assert "changed after an unblinding" in result.output
    entries = [json.loads(line) for line in (blinded / "key/unblinding.jsonl").read_text().splitlines()]
    assert [entry.get("after_unblinding") for entry in entries] == [None, False, False, True]
    assert "with readings changed" in hairdensity("unblind", blinded / "key/key.json", "--verify").output


def test_verifying_finds_nothing_in_what_is_intact(hairdensity, blinded, forms):
    # Readers fill in their forms.
    (blinded / "reader-1/readings.csv").write_bytes(forms[0].read_bytes())
    result = hairdensity("unblind", blinded / "key/key.json", "--verify")
    assert result.exit_code == 0
    assert "nothing was altered" in result.output


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("copy", "was altered"),
        ("missing", "cannot be read"),
        ("extra", "was not given out"),
        ("manifest", "manifest.csv was altered"),
        ("key", "commits to another key"),
        ("record", "line 1 is not as it was written"),
    ],
)
def test_verifying_finds_what_was_altered(hairdensity, blinded, name, words):
    copy = blinded / copies_of(blinded)[0]["file"]
    if name == "copy":
        data = bytearray(copy.read_bytes())
        data[-10] ^= 1
        copy.write_bytes(data)
    elif name == "missing":
        copy.unlink()
    elif name == "extra":
        (copy.parent / "EXTRA.jpg").write_bytes(copy.read_bytes())
    else:
        path = (
            blinded
            / {"manifest": "reader-1/manifest.csv", "key": "key/key.json", "record": "key/unblinding.jsonl"}[name]
        )
        path.write_text(
            path.read_text().replace("0", "1", 1) if name != "record" else path.read_text().replace("20", "21", 1)
        )
    result = hairdensity("unblind", blinded / "key/key.json", "--verify")
    assert result.exit_code == 1
    assert words in result.output


def test_repeats_differ_in_their_bytes_and_sizes_alone(blinded):
    copies = pd.DataFrame(copies_of(blinded))
    for _, pair in copies[copies["reader"] == "reader-1"].groupby("row"):
        if len(pair) == 2:
            first, second = ((blinded / file).read_bytes() for file in pair["file"])
            assert len(first) != len(second)
            assert first.lstrip(b"\xff\xd8") == second.lstrip(b"\xff\xd8")
            assert struct.unpack(">H", first[:2]) == struct.unpack(">H", second[:2])
