import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections import deque
from contextlib import suppress
from functools import partial
from importlib import resources
from pathlib import Path
from typing import ClassVar

import cv2
import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from hairdensity.cli import app
from hairdensity.errors import HairDensityError, StorageError
from hairdensity.resources import sample_images_folder
from hairdensity.scoring import Request
from hairdensity.study import ledger as ledger_module
from hairdensity.study.folder import overlay_path, read_study, read_table
from hairdensity.study.history import first_break
from hairdensity.study.ledger import Ledger
from hairdensity.study.local import LocalExecutor
from hairdensity.study.manifest import read_manifest
from hairdensity.study.planning import Shard
from hairdensity.study.run import LEDGER, RunSettings, run_study
from hairdensity.study.tables import TABLE_NAMES, columns_of
from hairdensity.study.tasks import CompareTask, ScoreTask
from hairdensity.workers import Outcome

RIDGES = Request(method="ridges")
SIDE_PX = 300
EXPORTED = [f"{name}.{kind}" for name in TABLE_NAMES for kind in ("parquet", "csv")] + ["run.json", "dictionary.csv"]


class InlineExecutor:
    """Handles tasks in this process and notes them: no start of a child for each test.

    Its results differ from a child's in their last digits, which depend on the number of threads. The same task in
    another run is not worked out again unless it is asked for: its key says all that its result depends on.
    """

    n_slots = 2
    _results: ClassVar[dict[str, str]] = {}

    def __init__(self, prepare, *, handled=None, stop_after=None, before=lambda task: None, afresh=False):
        self._handle = prepare()
        self._afresh = afresh
        self._queue = deque()
        self._handled = [] if handled is None else handled
        self._stop_after = stop_after
        self._before = before

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        pass

    def submit(self, key, task):
        assert key not in [queued for queued, _ in self._queue]
        self._queue.append((key, task))

    def wait(self):
        if self._stop_after is not None and len(self._handled) >= self._stop_after:
            raise KeyboardInterrupt
        key, task = self._queue.popleft()
        self._handled.append(key)
        fault = self._before(task)
        if fault is not None:
            return key, fault
        try:
            return key, Outcome(value=json.loads(self._result(key, task)))
        except StorageError:
            raise
        except HairDensityError as error:
            return key, Outcome(code=error.code, message=str(error))

    def _result(self, key, task):
        if self._afresh or key not in self._results:
            self._results[key] = json.dumps(self._handle(task), allow_nan=False)
        return self._results[key]


def write_pictures(folder):
    """Two visits of one site that register, two of another by the same pictures turned, and files that are none."""
    sample = cv2.imread(str(sample_images_folder() / "unclipped_long.jpg"))[400:, 500:]
    for visit in (0, 1):
        picture = sample[10 * visit :, 10 * visit :][:SIDE_PX, :SIDE_PX]
        cv2.imwrite(str(folder / f"a{visit}.png"), picture)
        cv2.imwrite(str(folder / f"b{visit}.png"), np.rot90(picture))
    whole = (folder / "a0.png").read_bytes()
    (folder / "copy.png").write_bytes(whole)
    (folder / "cut.png").write_bytes(whole[: len(whole) // 2])


def write_manifest(folder, names=("a0", "a1", "b0", "b1", "copy", "cut")):
    lines = ["image,patient,visit,week,arm,um_per_px,x_age"]
    for name in names:
        week = 12 if name[-1] == "1" or name == "cut" else 0
        patient = "C" if name in ("copy", "cut") else name[0].upper()
        lines.append(f"{name}.png,{patient},week {week},{week},verum,5,{ord(patient)}")
    path = folder / "manifest.csv"
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pictures")
    write_pictures(folder)
    return write_manifest(folder)


@pytest.fixture(scope="module")
def whole(source, tmp_path_factory):
    """An uninterrupted run: its folder, its summary and the keys of the tasks that were handled."""
    out = tmp_path_factory.mktemp("whole")
    handled = []
    summary = run_inline(source, out, handled=handled)
    return out, summary, handled


def run_inline(source, out, *, settings=None, on_progress=lambda n_done, n_tasks: None, **executor):
    return run_study(
        read_manifest(source),
        out,
        request=RIDGES,
        settings=settings,
        make_executor=partial(InlineExecutor, **executor),
        on_progress=on_progress,
    )


def exported(out):
    return {name: (out / name).read_bytes() for name in EXPORTED}


@pytest.fixture(scope="module")
def by_one_child(source, tmp_path_factory):
    out = tmp_path_factory.mktemp("child")
    run_by_children(source, out, n_workers=1)
    return out


def run_by_children(source, out, *, n_workers):
    make_executor = partial(LocalExecutor, n_workers=n_workers)
    return run_study(read_manifest(source), out, request=RIDGES, make_executor=make_executor)


def test_every_picture_is_a_row_and_a_failed_one_says_why(whole):
    out, summary, _ = whole
    images = read_study(out).images
    assert images["image"].tolist() == ["a0.png", "a1.png", "b0.png", "b1.png", "copy.png", "cut.png"]
    assert images["status"].tolist() == ["ok"] * 5 + ["failed"]
    assert images["error_code"].tolist() == [""] * 5 + ["truncated"]
    assert images["x_age"].tolist() == [65.0, 65.0, 66.0, 66.0, 67.0, 67.0]
    assert images["n_hairs"].notna().tolist() == [True] * 5 + [False]
    assert (summary.n_images, summary.n_pairs, summary.n_known) == (6, 3, 0)
    assert [(name, code) for name, code, _ in summary.failed] == [("cut.png", "truncated")]


def test_the_same_file_in_two_rows_is_scored_once_and_told(whole):
    out, summary, handled = whole
    assert summary.same_content == (((1, "a0.png"), (5, "copy.png")),)
    images = read_study(out).images.set_index("image")
    assert len(handled) == len(set(handled)) == 5 + 2  # files, pairs with two results
    figures = images.loc[["a0.png", "copy.png"], "n_hairs":]
    assert figures.iloc[0].equals(figures.iloc[1])


def test_figures_and_hairs_are_those_of_score(by_one_child, source, tmp_path):
    picture = source.parent / "b0.png"
    arguments = ["score", str(picture), "--um-per-px", "5", "--method", "ridges", "--csv", str(tmp_path), "--quiet"]
    arguments += ["--workers", "1"]
    assert CliRunner().invoke(app, arguments).exit_code == 0
    study = read_study(by_one_child)
    (of_study,) = study.images[study.images["image"] == "b0.png"].to_dict("records")
    (scored,) = pd.read_csv(tmp_path / "images.csv").to_dict("records")
    for name in ("n_hairs", "density_per_cm2", "density_per_cm2_high", "median_diameter_um_n", "erythema_index"):
        assert of_study[name] == scored[name]
    hairs = study.hairs[study.hairs["row"] == of_study["row"]].drop(columns=["row", "patient", "visit", "replicate"])
    scored_hairs = pd.read_csv(tmp_path / "hairs.csv", keep_default_na=True).fillna({"flags": ""})
    columns = [name for name in hairs.columns if name != "site"]
    pd.testing.assert_frame_equal(
        hairs[columns].reset_index(drop=True), scored_hairs[columns], check_dtype=False, rtol=1e-12
    )


def test_comparisons_are_rows_by_figure_and_a_failed_one_says_why(whole):
    study = read_study(whole[0])
    changes = study.changes
    assert changes.groupby("patient")["status"].unique().map(list).to_dict() == {
        "A": ["ok"],
        "B": ["ok"],
        "C": ["failed"],
    }
    density = changes[changes["figure"] == "density_per_cm2"].set_index("patient")
    assert density["value"].to_numpy() == pytest.approx((density["follow_up"] - density["baseline"]).to_numpy())
    (failed,) = changes[changes["status"] == "failed"].to_dict("records")
    assert "the follow-up has no result" in failed["reason"]
    assert (failed["baseline_row"], failed["row"], failed["figure"]) == (5, 6, "")
    registered = changes[changes["registered"].fillna(False).astype(bool)]
    assert set(study.matches["patient"]) == set(registered["patient"])


def test_the_same_visits_of_an_untreated_site_are_a_comparisons_control(whole, source, tmp_path):
    lines = ["image,patient,site,visit,week,um_per_px,control_site"]
    lines += [f"a{number}.png,P,vertex,week {12 * number},{12 * number},5,occiput" for number in (0, 1)]
    lines += [f"b{number}.png,P,occiput,week {12 * number},{12 * number},5," for number in (0, 1)]
    path = tmp_path / "manifest.csv"
    path.write_text("\n".join(lines) + "\n")
    for name in ("a0", "a1", "b0", "b1"):
        shutil.copy(source.parent / f"{name}.png", tmp_path)
    run_inline(path, tmp_path / "out")
    changes = read_study(tmp_path / "out").changes.query("figure == 'density_per_cm2'").set_index("site")
    alone = read_study(whole[0]).changes.query("figure == 'density_per_cm2' and patient == 'A'").iloc[0]
    treated, untreated = changes.loc["vertex"], changes.loc["occiput"]
    assert (treated["control_site"], treated["control_baseline_row"], treated["control_row"]) == ("occiput", 3, 4)
    assert untreated["control_site"] == ""
    assert pd.isna(untreated["control_row"])
    assert treated["value"] == alone["value"]
    assert set(treated["flags"].split(";")) - set(alone["flags"].split(";")) == {"control_not_registered"}


def test_tables_have_the_columns_and_types_of_the_dictionary(whole):
    out, _, _ = whole
    stated = pd.read_csv(out / "dictionary.csv", keep_default_na=False)
    study = read_study(out)
    for name in TABLE_NAMES:
        table, columns = getattr(study, name), stated[stated["table"] == name]
        assert list(table.columns) == columns["column"].tolist()
        assert [str(dtype) for dtype in table.dtypes] == columns["dtype"].tolist()
        assert len(pd.read_csv(out / f"{name}.csv")) == len(table) == study.run["counts"]["rows"][name]
    assert (stated["meaning"] != "").all()
    assert read_table(out, "hairs", columns=["row", "diameter_um"]).columns.tolist() == ["row", "diameter_um"]


def test_the_record_holds_no_path_and_no_time(whole, source):
    out, _, _ = whole
    text = (out / "run.json").read_text()
    assert str(source.parent) not in text
    assert str(out) not in text
    run = json.loads(text)
    assert run["manifest_sha256"] == read_manifest(source).sha256
    assert run["counts"]["images_failed_by_code"] == {"truncated": 1}


def test_two_workers_give_the_same_bytes_and_leave_nothing_else(by_one_child, source, tmp_path):
    run_by_children(source, tmp_path, n_workers=2)
    assert exported(tmp_path) == exported(by_one_child)
    names = {path.name for path in tmp_path.iterdir()} - set(EXPORTED)
    assert names <= {LEDGER, f"{LEDGER}-journal", "ledger.history.jsonl"}


@pytest.mark.parametrize("stop_after", [1, 6])
def test_an_interrupted_run_goes_on_and_does_nothing_twice(whole, source, tmp_path, stop_after):
    handled = []
    with pytest.raises(KeyboardInterrupt):
        run_inline(source, tmp_path, handled=handled, stop_after=stop_after)
    assert not (tmp_path / "run.json").exists()
    summary = run_inline(source, tmp_path, handled=handled)
    assert sorted(handled) == sorted(whole[2])
    assert summary.n_known >= stop_after
    assert exported(tmp_path) == exported(whole[0])
    assert first_break(tmp_path / "ledger.history.jsonl") is None


def test_a_finished_run_hands_out_nothing(whole, source, tmp_path):
    shutil.copytree(whole[0], tmp_path, dirs_exist_ok=True)
    told, handled = [], []
    summary = run_inline(source, tmp_path, handled=handled, on_progress=lambda *numbers: told.append(numbers))
    assert (handled, summary.n_known, told[-1]) == ([], 8, (9, 9))
    assert exported(tmp_path) == exported(whole[0])


def test_shards_come_to_the_same_tables(whole, source, tmp_path):
    handled = []
    for text in ("1/2", "2/2"):
        shard = RunSettings(shard=Shard.parse(text))
        assert run_inline(source, tmp_path, settings=shard, handled=handled).counts is None
    assert not (tmp_path / "run.json").exists()
    n_shards = len(handled)
    run_inline(source, tmp_path, handled=handled)
    assert len(handled) == n_shards
    assert exported(tmp_path) == exported(whole[0])


def test_a_run_is_refused_while_another_one_writes(source, tmp_path, monkeypatch):
    monkeypatch.setattr(ledger_module, "BUSY_S", 0.01)
    with Ledger(tmp_path / LEDGER), pytest.raises(StorageError, match="in use by another study run"):
        run_inline(source, tmp_path)


def test_a_file_that_is_away_is_told_and_scored_when_it_is_back(whole, source, tmp_path):
    away = source.parent / "b1.png"
    shutil.copytree(whole[0], tmp_path, dirs_exist_ok=True)
    manifest, data, handled = read_manifest(source), away.read_bytes(), []
    away.unlink()
    try:
        run_study(manifest, tmp_path, request=RIDGES, make_executor=InlineExecutor)
        assert read_study(tmp_path).images["error_code"].tolist() == ["", "", "", "not_found", "", "truncated"]
    finally:
        away.write_bytes(data)
    run_inline(source, tmp_path, handled=handled)
    assert handled == []
    assert exported(tmp_path) == exported(whole[0])


def test_a_file_that_changes_under_the_run_is_no_result(tmp_path):
    write_pictures(tmp_path)
    source, out = write_manifest(tmp_path, names=("a0",)), tmp_path / "out"

    def exchange(task):
        task.path.write_bytes((tmp_path / "b0.png").read_bytes())

    summary = run_inline(source, out, before=exchange, afresh=True)
    assert [code for _, code, _ in summary.failed] == ["changed"]
    assert run_inline(source, out).failed == ()


def test_overlays_are_drawn_for_what_was_scored_before(tmp_path):
    write_pictures(tmp_path)
    source, out, handled = write_manifest(tmp_path, names=("a0",)), tmp_path / "out", []
    run_inline(source, out, handled=handled)
    for _ in range(2):
        run_inline(source, out, settings=RunSettings(overlays=True), handled=handled, afresh=True)
    (row,) = read_study(out).images.to_dict("records")
    hashes = {name: row[name] for name in ("image_sha256", "settings_sha256")}
    assert overlay_path(out, **hashes).is_file()
    assert len(handled) == 2


def test_what_crashes_hangs_or_takes_the_memory_is_tried_again_alone_and_stays_its_own_row(source, tmp_path):
    codes = {"a0.png": "crashed", "a1.png": "out_of_memory", "b1.png": "timeout"}
    tried = []

    def fail(task):
        if isinstance(task, ScoreTask):
            tried.append(task.path.name)
            code = codes.get(task.path.name)
            return Outcome(code=code, message="told") if code else None
        return None

    summary = run_inline(source, tmp_path, before=fail)
    # The copy has the content of the file that crashes: it shares its result, which is a fault.
    expected = ["crashed", "out_of_memory", "", "timeout", "crashed", "truncated"]
    assert read_study(tmp_path).images["error_code"].tolist() == expected
    assert tried == ["a0.png", "a1.png", "b0.png", "b1.png", "cut.png", "a0.png", "a1.png", "b1.png"]
    with Ledger(tmp_path / LEDGER) as ledger:
        entries = [ledger.get(key) for key in ledger.codes()]
    assert {entry.code: entry.attempts for entry in entries} == {
        **dict.fromkeys(codes.values(), 2),
        "truncated": 1,
        "": 1,
    }
    assert len(summary.failed) == 5
    again = run_inline(source, tmp_path, settings=RunSettings(retry_failed=True))
    assert [code for _, code, _ in again.failed] == ["truncated"]


def _start(source, out):
    command = [sys.executable, "-m", "hairdensity.cli", "study", "run", str(source), "--out", str(out)]
    return subprocess.Popen(  # noqa: S603 -- our own command
        [*command, "--method", "ridges", "--workers", "1"], stderr=subprocess.PIPE, text=True
    )


def _wait_for_an_analysis(out):
    deadline = time.monotonic() + 60
    while not list(out.glob(".cache-*/*/*")):
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_killed_run_goes_on(by_one_child, source, tmp_path):
    child, _ = _end(_start(source, tmp_path), tmp_path, signal.SIGKILL)
    assert _is_gone(child)
    run_by_children(source, tmp_path, n_workers=1)
    assert exported(tmp_path) == exported(by_one_child)
    assert not list(tmp_path.glob(".cache-*"))


def test_an_interrupt_ends_a_run_in_order(source, tmp_path):
    process = _start(source, tmp_path)
    child, said = _end(process, tmp_path, signal.SIGINT)
    assert process.returncode == 130
    assert said == "every result so far is kept: the same command again goes on\nhairdensity: interrupted\n"
    assert _is_gone(child)
    assert not list(tmp_path.glob(".cache-*"))


def _end(process, out, number):
    """Send a signal when the first picture is scored; the child at work, and what was said."""
    _wait_for_an_analysis(out)
    (child,) = _children(process.pid)
    process.send_signal(number)
    return child, process.communicate()[1]


def _children(pid):
    text = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    commands = {int(child): Path(f"/proc/{child}/cmdline").read_bytes() for child in text.split()}
    return [child for child, command in commands.items() if b"spawn_main" in command]


def _is_gone(pid):
    for _ in range(200):
        with suppress(ProcessLookupError):
            os.kill(pid, 0)
            if "Z" not in Path(f"/proc/{pid}/stat").read_text().split(") ")[-1][:1]:
                time.sleep(0.01)
                continue
        return True
    return False


def test_comparing_needs_no_kept_analysis(source, tmp_path, whole):
    """Without the private folder's files the pictures are analyzed again, to the same result."""

    def forget(task):
        if isinstance(task, CompareTask):
            for visit in (task.baseline, task.follow_up):
                visit.keep_at.unlink()

    run_inline(source, tmp_path, before=forget, afresh=True)
    assert exported(tmp_path) == exported(whole[0])


def test_what_a_run_says_of_itself_is_of_its_schema(whole):
    text = resources.files("hairdensity.study").joinpath("study-run-1.schema.json").read_text()
    validator = pytest.importorskip("jsonschema").Draft202012Validator(json.loads(text))
    run = json.loads((whole[0] / "run.json").read_text())
    assert list(validator.iter_errors(run)) == []
    for wrong in ({**run, "more": 1}, {**run, "counts": {}}, {**run, "sha256": run["sha256"] | {"images.csv": "abc"}}):
        assert not validator.is_valid(wrong)


def test_columns_of_an_unknown_table_are_refused():
    with pytest.raises(KeyError):
        columns_of("nothing")
