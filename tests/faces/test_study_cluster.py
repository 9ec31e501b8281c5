"""A real Dask scheduler and its workers, as processes: one under a nanny, one without."""

import hashlib
import os
import signal
import threading
import time
from functools import partial
from pathlib import Path

import pytest
from typer.testing import CliRunner

from benchmarks.dask_cluster import dask_cluster
from benchmarks.study_pictures import StudySettings, write_study
from hairdensity.child import PreparationError
from hairdensity.cli import app
from hairdensity.errors import InputError, StorageError, TruncatedImageError
from hairdensity.scoring import Request
from hairdensity.study.cluster import ClusterError, DaskExecutor, Patience, client, connection
from hairdensity.study.tasks import MissingFileError, ScoreTask, prepare_study
from tests.cluster_tasks import identify_by_process, prepare_and_refuse, prepare_by_name


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    with dask_cluster(tmp_path_factory.mktemp("cluster"), "--nanny", "--no-nanny") as cluster:
        yield cluster


def handle_all(cluster, tasks, **options):
    with DaskExecutor(cluster.address, prepare_by_name, **options) as executor:
        for i, task in enumerate(tasks):
            executor.submit(str(i), task)
        outcomes = dict(executor.wait() for _ in tasks)
    return [outcomes[str(i)] for i in range(len(tasks))]


def wait_for_end(pid):
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return
        if Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z":
            return
        time.sleep(0.02)
    raise AssertionError(f"process {pid} lives on")


def test_what_a_picture_does_costs_its_own_task_only(cluster):
    tasks = [
        ("echo", "a"),
        ("die", signal.SIGSEGV),
        ("sleep", 60),
        ("fail", TruncatedImageError("ends early")),
        ("kill relay", None),
        *([("echo", "b")] * 5),
    ]
    outcomes = handle_all(cluster, tasks, limit_s=2.0)
    codes = ["", "crashed", "timeout", "truncated", "crashed", *([""] * 5)]
    assert [outcome.code for outcome in outcomes] == codes
    assert outcomes[0].value == {"value": "a"}
    assert "SIGSEGV" in outcomes[1].message
    assert outcomes[3].message == "ends early"
    assert "were killed" in outcomes[4].message


def test_each_worker_keeps_one_child_and_nothing_stays_behind(cluster):
    outcomes = handle_all(cluster, [("pid", None), ("sleep", 0.05)] * 6)
    pids = {outcome.value["value"] for outcome in outcomes[::2]}
    assert os.getpid() not in pids
    assert 1 <= len(pids) <= 2
    for pid in pids:
        wait_for_end(pid)


def test_children_know_one_thread_and_keep_their_memory(cluster):
    # A nanny sets it to 64 kB, and every array is taken from the system anew.
    asked = [("environment", "MALLOC_TRIM_THRESHOLD_"), ("sleep", 0.05)] * 4
    outcomes = handle_all(cluster, [*asked, ("environment", "OMP_NUM_THREADS")])
    assert {outcome.value["value"] for outcome in outcomes[:-1:2]} == {str(512 << 20)}
    assert outcomes[-1].value == {"value": "1"}


def test_children_that_idle_for_long_end_and_are_replaced(cluster, monkeypatch):
    monkeypatch.setattr(client, "IDLE_S", 0.2)
    with DaskExecutor(cluster.address, prepare_by_name) as executor:
        executor.submit("first", ("pid", None))
        first = executor.wait()[1].value["value"]
        wait_for_end(first)
        executor.submit("second", ("pid", None))
        assert executor.wait()[1].value["value"] != first


def test_what_prevents_every_task_is_raised(cluster):
    with (
        pytest.raises(InputError, match="bad scale"),
        DaskExecutor(cluster.address, partial(prepare_and_refuse, InputError("bad scale"))),
    ):
        pass
    with pytest.raises(StorageError, match="disk full"):
        handle_all(cluster, [("fail", StorageError("disk full"))])
    with (
        pytest.raises(PreparationError, match=r"No module named 'cv2'|no cv2"),
        DaskExecutor(cluster.address, partial(prepare_and_refuse, ImportError("no cv2"))),
    ):
        pass


def test_workers_with_another_version_or_model_are_refused_before_any_task(cluster, monkeypatch):
    differing = DaskExecutor(cluster.address, prepare_by_name, identify=identify_by_process)
    with pytest.raises(PreparationError, match=r"model is '\d+' there, '\d+' here; install the same"), differing:
        pass
    monkeypatch.setattr(connection, "package_version", lambda: "0.0.1")
    with pytest.raises(ClusterError, match=r"2 of 2 workers differ: .* this machine 0\.0\.1"):
        handle_all(cluster, [("echo", 1)])


def test_an_address_without_a_scheduler_is_told(monkeypatch):
    monkeypatch.setattr(connection, "CONNECT_S", 0.3)
    for address in ("tcp://127.0.0.1:9", "nonsense://here", "tls://127.0.0.1:9"):
        with pytest.raises(ClusterError, match="no Dask scheduler answers at"):
            DaskExecutor(address, prepare_by_name).__enter__()


def test_workers_may_die_and_come_and_the_scheduler_too(tmp_path):
    # Dask gives a task up after one death, so that every way is gone with few workers.
    environment = os.environ | {"DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "0"}
    with (
        dask_cluster(tmp_path, "--no-nanny", environment=environment) as cluster,
        DaskExecutor(cluster.address, prepare_by_name) as executor,
    ):
        executor.submit("parents", ("parents", None))
        executor.submit("child", ("pid", None))
        values = dict(executor.wait() for _ in range(2))
        relay, child = values["parents"].value["value"][0], values["child"].value["value"]
        executor.submit("victim", ("kill worker once", str(tmp_path / "died")))
        executor.submit("other", ("echo", 1))
        cluster.workers[0].wait(timeout=60)
        wait_for_end(relay)
        wait_for_end(child)
        cluster.add_worker()
        outcomes = dict(executor.wait() for _ in range(2))
        assert outcomes["victim"].value == {"value": "second worker"}
        assert outcomes["other"].value == {"value": 1}
        executor.submit("killer", ("kill worker", None))
        cluster.workers[1].wait(timeout=60)
        cluster.add_worker()
        outcome = executor.wait()[1]
        assert (outcome.code, outcome.message) == ("crashed", "2 workers of the cluster died with it")
        cluster.scheduler.kill()
        executor.submit("late", ("echo", 1))
        with pytest.raises(ClusterError, match=r"is gone.*run the same command again"):
            executor.wait()


def test_no_worker_for_a_long_time_ends_the_run(tmp_path):
    told = []
    with (
        dask_cluster(tmp_path) as cluster,
        pytest.raises(ClusterError, match="start some with 'dask worker tcp://"),
        DaskExecutor(cluster.address, prepare_by_name, patience=Patience(limit_s=0.2, announce=told.append)),
    ):
        pass
    assert "waiting up to 0.2 s" in told[0]


def test_a_file_that_a_worker_does_not_see_is_told_with_the_remedy(tmp_path):
    handle = prepare_study(Request(method="ridges"))
    task = ScoreTask(path=tmp_path / "elsewhere.jpg", request=Request(method="ridges"), image_sha256="0" * 64)
    with pytest.raises(MissingFileError, match="every machine sees under the same path") as caught:
        handle(task)
    assert caught.value.code == "not_found"


def hash_of_tables(folder):
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.glob("*.parquet")}


def test_a_study_comes_out_the_same_when_a_worker_is_killed_in_mid_run(tmp_path):
    files = write_study(tmp_path / "pictures", StudySettings(n_images=8, n_scalps=2), seed=1)
    command = ["study", "run", str(files.manifest), "--method", "ridges", "--quiet"]
    runner = CliRunner()
    assert runner.invoke(app, [*command, "--out", str(tmp_path / "local"), "--workers", "1"]).exit_code == 0
    with dask_cluster(tmp_path, "--no-nanny", "--no-nanny") as cluster:
        ledger, sizes = tmp_path / "dask" / "ledger.sqlite", []
        killer = threading.Thread(target=kill_after_results, args=(cluster.workers[0], ledger, sizes))
        killer.start()
        done = runner.invoke(app, [*command, "--out", str(tmp_path / "dask"), "--scheduler", cluster.address])
        killer.join()
        assert cluster.workers[0].poll() == -signal.SIGKILL
    assert done.exit_code == 0, done.output
    assert sizes[0] < 0.7 * ledger.stat().st_size
    tables = hash_of_tables(tmp_path / "local")
    assert "changes.parquet" in tables
    assert hash_of_tables(tmp_path / "dask") == tables


def kill_after_results(worker, ledger, sizes, *, size=60_000):
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and not (ledger.exists() and ledger.stat().st_size > size):
        time.sleep(0.01)
    worker.kill()
    sizes.append(ledger.stat().st_size)
