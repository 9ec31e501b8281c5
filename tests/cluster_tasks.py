"""What children of a cluster are given to do in tests; light to import, since every process of a run imports it."""

import os
import signal
import time
from pathlib import Path


def prepare_by_name():
    return handle_by_name


def handle_by_name(task):
    name, argument = task
    return {"value": ACTIONS[name](argument)}


def prepare_and_refuse(error):
    raise error


def _fail(error):
    raise error


def _die(signal_number):
    os.kill(os.getpid(), signal_number)


def _parents(_):
    """The relay, and the Dask worker."""
    status = Path(f"/proc/{os.getppid()}/status").read_text().splitlines()
    return [os.getppid(), next(int(line.split()[1]) for line in status if line.startswith("PPid"))]


def _kill_worker(_):
    os.kill(_parents(None)[1], signal.SIGKILL)
    time.sleep(60)


def _kill_worker_once(marker):
    if not Path(marker).exists():
        Path(marker).touch()
        _kill_worker(None)
    return "second worker"


ACTIONS = {
    "echo": lambda value: value,
    "pid": lambda _: os.getpid(),
    "environment": os.environ.get,
    "parents": _parents,
    "die": _die,
    "kill worker": _kill_worker,
    "kill worker once": _kill_worker_once,
    "kill relay": lambda _: os.kill(os.getppid(), signal.SIGKILL) or time.sleep(60),
    "sleep": time.sleep,
    "fail": _fail,
}


def identify_by_process():
    return {"model": str(os.getpid())}
