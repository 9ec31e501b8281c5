"""Who wants to be alone is alone, and nobody waits for ever."""

import threading
from concurrent.futures import ThreadPoolExecutor

from hairdensity.clinic.queue.gate import Gate

N_THREADS, N_TURNS = 6, 40


def test_alone_is_alone():
    gate, lock = Gate(), threading.Lock()
    inside, seen = [], []

    def work(number):
        for turn in range(N_TURNS):
            is_alone = (number + turn) % 4 == 0
            with gate.alone() if is_alone else gate.shared():
                with lock:
                    inside.append(is_alone)
                    seen.append(tuple(inside))
                with lock:
                    inside.remove(is_alone)

    with ThreadPoolExecutor(N_THREADS) as threads:
        list(threads.map(work, range(N_THREADS)))
    assert len(seen) == N_THREADS * N_TURNS
    assert all(len(together) == 1 for together in seen if True in together)


def test_others_work_side_by_side():
    gate, together = Gate(), threading.Barrier(3, timeout=10)

    def work():
        with gate.shared():
            together.wait()
        return True

    with ThreadPoolExecutor(3) as threads:
        assert all(future.result() for future in [threads.submit(work) for _ in range(3)])
