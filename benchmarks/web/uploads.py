"""Many uploads at once to a real server, which is then killed in the middle of its queue.

Measured: the time until a picture is accepted, what is refused, the server's memory, and what becomes of the jobs.

    python -m benchmarks.web.uploads --at-once 50 200 --json report.json

Each picture is a sample with noise of its own, sent over a socket of its own; nothing waits for another upload. One of
them is a JPEG that no decoder takes.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import statistics
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from benchmarks.hostile_uploads import HOSTILE
from benchmarks.reporting import figure, write_report
from benchmarks.web.server import Server
from hairdensity.clinic.access import Person, Role
from hairdensity.clinic.opening import open_workplace
from hairdensity.clinic.tokens import make_token
from hairdensity.store.models import Clinic, Patient, Site, User, Visit, utc_now

SAMPLE = Path(__file__).parents[2] / "sample_images" / "clipped_sparse.jpg"

SETTLING_S = 5.0
REFUSED = 422

Ran = tuple[list[Any], list[str], dict[str, float]]
"""Bursts, jobs of the first one, and how long each hostile file took."""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a client saw of one upload."""

    status: int
    took_s: float
    body: dict[str, Any]


def set_up(data: Path, at_once: list[int]) -> tuple[str, dict[int, str]]:
    """A clinic with a token, and for each number of uploads the address of a visit and site."""
    with open_workplace(data) as at, at.database.session() as db:
        clinic = Clinic(name="Measured")
        db.add(clinic)
        db.flush()
        user = User(clinic_id=clinic.id, name="measurer", role=Role.CLINICIAN.value, password_hash="!")
        db.add(user)
        db.flush()
        who = Person(user_id=user.id, clinic_id=clinic.id, name=user.name, role=Role.CLINICIAN)
        addresses = {}
        for number in at_once:
            patient = Patient(clinic_id=clinic.id, code=f"N-{number}", created_by=user.id)
            db.add(patient)
            db.flush()
            site = Site(patient_id=patient.id, place="vertex")
            visit = Visit(patient_id=patient.id, day=utc_now().date(), created_by=user.id)
            db.add_all([site, visit])
            db.flush()
            addresses[number] = f"/api/v1/visits/{visit.id}/captures?site_id={site.id}"
        return make_token(db, who, name="uploads").token, addresses


def pictures(number: int, *, width_px: int, seed: int) -> list[bytes]:
    """Different pictures of 1-3 MB; the first one's data are damaged behind an intact header."""
    sample = cv2.imread(str(SAMPLE))
    scale = width_px / sample.shape[1]
    sample = cv2.resize(sample, None, fx=scale, fy=scale)
    rng = np.random.default_rng(seed)
    noise = rng.integers(-12, 13, (64, *sample.shape[1:]), dtype=np.int16)
    made = []
    for _ in range(number):
        rows = np.resize(rng.permutation(noise), sample.shape)
        noisy = np.clip(sample + rows, 0, 255).astype(np.uint8)
        made.append(cv2.imencode(".jpg", noisy, [cv2.IMWRITE_JPEG_QUALITY, 90])[1].tobytes())
    middle = len(made[0]) // 2
    made[0] = made[0][:middle] + bytes(2000) + made[0][middle + 2000 :]
    return made


def upload_all(server: Server, address: str, token: str, data: list[bytes]) -> list[Answer]:
    """All at the same moment."""
    together = threading.Barrier(len(data))

    def upload(picture: bytes) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=120)
        together.wait()
        begun = time.perf_counter()
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/octet-stream"}
        connection.request("POST", address, body=picture, headers=headers)
        answer = connection.getresponse()
        body = json.loads(answer.read())
        took_s = time.perf_counter() - begun
        connection.close()
        return Answer(status=answer.status, took_s=took_s, body=body)

    with ThreadPoolExecutor(len(data)) as threads:
        return list(threads.map(upload, data))


def ask(server: Server, token: str, path: str) -> Any:
    """A GET of the API."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    connection.request("GET", path, headers={"Authorization": f"Bearer {token}"})
    body = json.loads(connection.getresponse().read())
    connection.close()
    return body


def wait_until_over(server: Server, token: str, jobs: list[str], *, but: int = 0) -> dict[str, dict[str, Any]]:
    """The states of jobs, once all but so many are over."""
    over: dict[str, dict[str, Any]] = {}
    while len(over) < len(jobs) - but:
        for job in jobs:
            if job not in over:
                state = ask(server, token, f"/api/v1/jobs/{job}")
                if state["state"] in ("queued", "running"):
                    break
                over[job] = state
        time.sleep(0.5)
    return over


def measure(server: Server, address: str, token: str, data: list[bytes]) -> tuple[dict[str, Any], list[Answer]]:
    """One burst."""
    answers = upload_all(server, address, token, data)
    took_s = sorted(answer.took_s for answer in answers)
    statuses = [answer.status for answer in answers]
    result = {
        "n": len(data),
        "mb": round(sum(map(len, data)) / len(data) / 1e6, 2),
        "p50_s": round(statistics.median(took_s), 3),
        "p95_s": round(took_s[int(0.95 * len(took_s))], 3),
        "max_s": round(took_s[-1], 3),
        "statuses": {str(status): statuses.count(status) for status in sorted(set(statuses))},
        "server_peak_mb": round(server.peak_mb()),
    }
    return result, answers


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--at-once", type=int, nargs="+", default=[50, 200])
    parser.add_argument("--width-px", type=int, default=2600, help="of the pictures; 2600 gives 1.4 MB")
    parser.add_argument("--port", type=int, default=8791)
    parser.add_argument("--wait-for", type=int, default=50, help="results of the first burst to wait for, over a kill")
    parser.add_argument("--folder", type=Path, help="where the server's data lie; a temporary one by default")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        data = Path(folder) / "data"
        token, addresses = set_up(data, options.at_once)
        bursts, first_jobs, refused_s = run(data, token, addresses, options)
        restart = restart_in_mid_queue(data, token, first_jobs[: options.wait_for], options.port)
    results = {"refused_s": refused_s, "bursts": bursts, "restart": restart}
    write_report("uploads", results, figures(refused_s, bursts, restart), path=options.json)


def run(data: Path, token: str, addresses: dict[int, str], options: argparse.Namespace) -> Ran:
    """All bursts against one server, which is killed at the end."""
    server = Server(data, options.port)
    bursts, first_jobs = [], []
    # A server that has started its workers and taken a picture, as most have.
    upload_all(server, addresses[max(addresses)], token, pictures(1, width_px=640, seed=1))
    time.sleep(SETTLING_S)
    refused_s = refuse_all(server, addresses[max(addresses)], token)
    for number, address in addresses.items():
        made = pictures(number, width_px=options.width_px, seed=number)
        result, answers = measure(server, address, token, made)
        bursts.append(result)
        first_jobs = first_jobs or [answer.body["job"]["id"] for answer in answers if answer.status == 201]
    server.kill()
    return bursts, first_jobs, refused_s


def refuse_all(server: Server, address: str, token: str) -> dict[str, float]:
    """Seconds until each hostile file was refused, at best of three: other programs may have taken the processor."""
    took_s = {}
    for name, (data, _) in HOSTILE.items():
        answers = [upload_all(server, address, token, [data])[0] for _ in range(3)]
        if any(answer.status != REFUSED for answer in answers):
            raise RuntimeError(f"{name} was not refused: {answers}")
        took_s[name] = round(min(answer.took_s for answer in answers), 4)
    return took_s


def restart_in_mid_queue(data: Path, token: str, jobs: list[str], port: int) -> dict[str, Any]:
    """What became of jobs after the server was killed twice more while it worked on them."""
    n_left = []
    for share in (0.9, 0.7):
        server = Server(data, port)
        wait_until_over(server, token, jobs, but=int(share * len(jobs)))
        server.kill()
        n_left.append(int(share * len(jobs)))
    server = Server(data, port)
    states = wait_until_over(server, token, jobs)
    n_readings = [
        len(ask(server, token, f"/api/v1/captures/{state['capture_id']}/readings")["items"])
        for state in states.values()
        if state["state"] == "done"
    ]
    server.end()
    return {
        "n_jobs": len(jobs),
        "n_left_at_kills": n_left,
        "n_done": len(n_readings),
        "n_done_twice": sum(number != 1 for number in n_readings),
        "failed": [state["fault"] for state in states.values() if state["state"] == "failed"],
        "server_starts_s": round(server.started_s, 2),
    }


def figures(refused_s: dict[str, float], bursts: list[dict[str, Any]], restart: dict[str, Any]) -> list[dict[str, str]]:
    """Lines for the table of the README."""
    said = f"{len(refused_s)} kinds, the slowest in {1000 * max(refused_s.values()):.0f} ms"
    lines = [figure("hostile uploads refused before decoding", said, "< 50 ms")]
    for burst in bursts:
        answers = ", ".join(f"{number} answered {status}" for status, number in burst["statuses"].items())
        said = f"{answers}, p95 {burst['p95_s']:.2f} s, server {burst['server_peak_mb']} MB"
        target = "no error, p95 <= 2 s" if burst["n"] <= 50 else "no error or 503, <= 1 GB"
        lines.append(figure(f"{burst['n']} uploads at once", said, target))
    lost = restart["n_jobs"] - restart["n_done"] - len(restart["failed"])
    said = f"{lost} lost, {restart['n_done_twice']} twice, {len(restart['failed'])} failed with its reason"
    lines.append(figure(f"{restart['n_jobs']} jobs over three kills of the server", said, "none lost, none twice"))
    return lines


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    main()
