import json
import os
import signal
import time
from functools import partial
from pathlib import Path

import pytest

from hairdensity.errors import InputError, StorageError, TruncatedImageError
from hairdensity.workers import MemoryLimits, PreparationError, WorkerPool, run_tasks


def prepare_by_name():
    return handle_by_name


def handle_by_name(task):
    name, argument = task
    return {"value": ACTIONS[name](argument)}


def _die(signal_number):
    os.kill(os.getpid(), signal_number)


def _die_the_first_time(marker):
    if not Path(marker).exists():
        Path(marker).touch()
        _die(signal.SIGKILL)
    return "second try"


def _fail(error):
    raise error


def _print(text):
    print(text, flush=True)
    os.write(1, text.encode())
    return "said"


_GROWN = []


def _grow(n_mb):
    _GROWN.append(os.urandom(1 << 20) * n_mb)
    return os.getpid()


def _eat(n_mb):
    eaten = [os.urandom(1 << 20) * n_mb for _ in range(20)]
    time.sleep(len(eaten))


ACTIONS = {
    "grow": _grow,
    "eat": _eat,
    "echo": lambda value: value,
    "pid": lambda _: os.getpid(),
    "die": _die,
    "die once": _die_the_first_time,
    "exit": os._exit,
    "sleep": time.sleep,
    "late echo": lambda value: time.sleep(0.3) or value,
    "fail": _fail,
    "print": _print,
    "environment": os.environ.get,
}


def prepare_and_refuse(error):
    raise error


def test_outcomes_keep_the_order_of_the_tasks():
    tasks = [("late echo", 0), ("echo", 1), ("echo", 2), ("echo", 3)]
    outcomes = run_tasks(prepare_by_name, tasks, n_workers=2)
    assert [outcome.value for outcome in outcomes] == [{"value": i} for i in range(4)]


def test_no_task_starts_no_process():
    assert run_tasks(partial(prepare_and_refuse, RuntimeError("never called")), [], n_workers=2) == []


def test_one_child_serves_many_tasks_in_another_process():
    outcomes = run_tasks(prepare_by_name, [("pid", None)] * 4, n_workers=1)
    pids = {outcome.value["value"] for outcome in outcomes}
    assert len(pids) == 1
    assert os.getpid() not in pids


@pytest.mark.parametrize(
    ("task", "words"),
    [(("die", signal.SIGSEGV), "SIGSEGV"), (("die", signal.SIGKILL), "out of memory"), (("exit", 3), "exit code 3")],
)
def test_a_dying_child_costs_its_own_task_only(task, words):
    outcomes = run_tasks(prepare_by_name, [("echo", "a"), task, ("echo", "b")], n_workers=2)
    assert [outcome.code for outcome in outcomes] == ["", "crashed", ""]
    assert words in outcomes[1].message
    assert outcomes[2].value == {"value": "b"}


def test_a_task_whose_child_died_is_tried_once_more(tmp_path):
    outcomes = run_tasks(prepare_by_name, [("die once", str(tmp_path / "died"))], n_workers=1)
    assert outcomes[0].value == {"value": "second try"}


def test_a_hanging_task_is_given_up_and_its_child_killed():
    start = time.monotonic()
    outcomes = run_tasks(prepare_by_name, [("sleep", 60), ("echo", "b")], n_workers=2, limit_s=0.5)
    assert [outcome.code for outcome in outcomes] == ["timeout", ""]
    assert time.monotonic() - start < 20


def test_an_error_keeps_its_code_and_message():
    outcomes = run_tasks(prepare_by_name, [("fail", TruncatedImageError("ends early")), ("echo", 1)], n_workers=1)
    assert (outcomes[0].code, outcomes[0].message) == ("truncated", "ends early")
    assert outcomes[1].value == {"value": 1}


def test_a_bug_and_too_little_memory_are_told_apart():
    outcomes = run_tasks(
        prepare_by_name, [("fail", ZeroDivisionError("by zero")), ("fail", MemoryError())], n_workers=1
    )
    assert [outcome.code for outcome in outcomes] == ["internal", "out_of_memory"]
    assert "ZeroDivisionError: by zero" in outcomes[0].message


def test_a_result_that_cannot_be_written_ends_the_run():
    with pytest.raises(StorageError, match="disk full"):
        run_tasks(prepare_by_name, [("fail", StorageError("disk full")), ("echo", 1)], n_workers=1)


@pytest.mark.parametrize(
    ("error", "raised"),
    [
        (InputError("bad scale"), InputError),
        (StorageError("read-only"), StorageError),
        (ImportError("no cv2"), PreparationError),
    ],
)
def test_a_refusal_to_prepare_reaches_the_caller(error, raised):
    with pytest.raises(raised, match=str(error)):
        run_tasks(partial(prepare_and_refuse, error), [("echo", 1)], n_workers=1)


def test_a_child_that_cannot_start_is_no_fault_of_the_task():
    with pytest.raises(PreparationError, match="doctor"):
        run_tasks(partial(os._exit, 1), [("echo", 1)], n_workers=1)


def test_children_know_one_thread_and_the_parent_is_left_alone(monkeypatch):
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    outcomes = run_tasks(prepare_by_name, [("environment", "OMP_NUM_THREADS")], n_workers=1)
    assert outcomes[0].value == {"value": "1"}
    assert "OMP_NUM_THREADS" not in os.environ


def test_stdout_stays_the_parents_own(capfd):
    outcomes = run_tasks(prepare_by_name, [("print", "noise")], n_workers=1)
    assert outcomes[0].value == {"value": "said"}
    captured = capfd.readouterr()
    assert captured.out == ""
    assert captured.err.count("noise") == 2


def test_every_finished_task_is_announced_once(tmp_path):
    announced = []
    tasks = [("echo", 1), ("die once", str(tmp_path / "died")), ("exit", 1)]
    run_tasks(prepare_by_name, tasks, n_workers=1, on_done=lambda: announced.append(1))
    assert len(announced) == 3


def test_an_interrupted_run_leaves_no_child_behind(tmp_path):
    pid_file = tmp_path / "pid"

    def interrupt():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_tasks(
            partial(prepare_and_note_pid, str(pid_file)), [("echo", 1), ("sleep", 60)], n_workers=1, on_done=interrupt
        )
    with pytest.raises(ProcessLookupError):
        os.kill(json.loads(pid_file.read_text()), 0)


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="the system does not tell a process's memory")
def test_a_task_that_takes_too_much_memory_is_stopped_and_is_the_only_one():
    limits = MemoryLimits(most_bytes=400_000_000, between_tasks_bytes=400_000_000)
    with WorkerPool(prepare_by_name, n_workers=2, memory=limits) as pool:
        outcomes = pool.run([("echo", 1), ("eat", 100), ("echo", 2)])
    assert [outcome.code for outcome in outcomes] == ["", "out_of_memory", ""]
    assert "0.4 GB" in outcomes[1].message


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="the system does not tell a process's memory")
def test_a_child_that_has_grown_is_replaced_between_tasks():
    limits = MemoryLimits(most_bytes=4_000_000_000, between_tasks_bytes=150_000_000)
    with WorkerPool(prepare_by_name, n_workers=1, memory=limits) as pool:
        pids = [outcome.value["value"] for outcome in pool.run([("pid", 0), ("grow", 200), ("pid", 0)])]
    assert pids[0] == pids[1] != pids[2]


def test_tasks_can_follow_from_others():
    with WorkerPool(prepare_by_name, n_workers=2) as pool:
        pool.submit("a", ("echo", 1))
        key, first = pool.wait()
        pool.submit("b", ("echo", first.value["value"] + 1))
        assert (key, pool.wait()[1].value) == ("a", {"value": 2})
        assert pool.n_slots == 2


def prepare_and_note_pid(pid_file):
    Path(pid_file).write_text(str(os.getpid()))
    return handle_by_name
