"""How long the server takes for each main page of a clinic with many patients, and for saving by many people at once.

    python -m benchmarks.web.pages [--json FILE] [--patients 60] [--visits 12] [--sites 2] [--rounds 20] [--at-once 100]

One sample is scored; its reading stands for all of them. Pages are asked for over one connection on loopback, one after
the other.
"""

from __future__ import annotations

import argparse
import http.client
import json
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

from benchmarks.reporting import figure, write_report
from benchmarks.web.server import Server

SAMPLE = Path(__file__).parents[2] / "sample_images" / "clipped_sparse.jpg"
SCALE = {"kind": "given", "um_per_px": 5.571}
PLACES = ("vertex", "occipital", "frontal", "mid_scalp")
COOKIE = "hairdensity_session"
PORT = 8767
LONGEST_MS = 50.0


def main() -> None:
    options = _parse()
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        session, token, paths = fill(data, options)
        server = Server(data, PORT)
        try:
            # Children that start up would be measured too.
            time.sleep(5.0)
            pages = {name: ask(path, session, rounds=options.rounds) for name, path in paths.items()}
            saving = save_at_once(token, options.at_once)
        finally:
            server.end()
    size = {"n_patients": options.patients, "n_visits": options.visits, "n_sites": options.sites}
    write_report(
        "web_pages", {**size, "pages": pages, "saving": saving}, _figures(size, pages, saving), path=options.json
    )


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", type=Path, help="also write the report here")
    parser.add_argument("--patients", type=int, default=60)
    parser.add_argument("--visits", type=int, default=12)
    parser.add_argument("--sites", type=int, default=2, choices=range(1, len(PLACES) + 1))
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--at-once", type=int, default=100)
    return parser.parse_args()


def fill(data: Path, options: argparse.Namespace) -> tuple[str, str, dict[str, str]]:
    """A clinic; gives a session's token, one of the API, and the addresses of pages by name."""
    from hairdensity.clinic.access import Person, Role
    from hairdensity.clinic.opening import open_workplace
    from hairdensity.clinic.sessions import open_session
    from hairdensity.clinic.tasks import scoring
    from hairdensity.clinic.tasks.bench import Bench
    from hairdensity.clinic.tasks.settings import TaskSettings
    from hairdensity.clinic.tokens import make_token
    from hairdensity.store.models import Clinic, Patient, Site, User

    with open_workplace(data) as at:
        sha256 = at.files.put(SAMPLE.read_bytes())
        bench = Bench(TaskSettings(files=at.files.folder, cache=at.cache))
        picture = {"sha256": sha256, "scale": SCALE, "area": "whole"}
        kept = scoring.handle({"picture": picture, "capture_id": "0" * 32}, bench)
        with at.database.session() as db:
            clinic = Clinic(name="Benchmark")
            db.add(clinic)
            db.flush()
            user = User(clinic_id=clinic.id, name="reader", role="clinician", password_hash="!")
            db.add(user)
            db.flush()
            for number in range(options.patients):
                patient = Patient(clinic_id=clinic.id, code=f"B-{number:04d}", created_by=user.id)
                patient.sites = [Site(place=place) for place in PLACES[: options.sites]]
                db.add(patient)
                db.flush()
                visits = [_visit(user, patient, week, (sha256, kept)) for week in range(options.visits)]
                db.add_all(visits)
                db.flush()
            who = Person(user_id=user.id, clinic_id=clinic.id, name=user.name, role=Role.CLINICIAN)
            paths = {
                "patients": "/",
                "patient": f"/patients/{patient.id}",
                "visit": f"/visits/{visits[-1].id}",
                "site": f"/sites/{patient.sites[0].id}",
                "picture": f"/captures/{visits[-1].captures[0].id}",
                "queue": "/queue",
            }
            return open_session(db, user).token, make_token(db, who, name="pages").token, paths


def _visit(user: Any, patient: Any, week: int, reading: tuple[str, dict[str, Any]]) -> Any:
    """A visit with a picture of each site, read and done."""
    from hairdensity.store.models import Capture, Job, Reading, Visit, utc_now

    day = utc_now().date() - timedelta(weeks=week)
    visit = Visit(patient_id=patient.id, day=day, created_by=user.id)
    facts = {"media_type": "image/jpeg", "n_bytes": 1, "width_px": 1280, "height_px": 1024, "scale": SCALE}
    visit.captures = [
        Capture(site_id=site.id, number=1, sha256=reading[0], uploaded_by=user.id, **facts) for site in patient.sites
    ]
    for capture in visit.captures:
        capture.readings = [Reading(kind="automatic", scale=SCALE, area="whole", **reading[1])]
        capture.jobs = [Job(clinic_id=patient.clinic_id, kind="score", state="done", finished_at=utc_now())]
    return visit


def ask(path: str, session: str, *, rounds: int) -> dict[str, float]:
    """Times of a page in ms; the first time apart, as templates are read then."""
    connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=60)
    took_ms = list(_times(connection, path, session, rounds + 1))
    connection.close()
    first, *others = took_ms
    return {
        "median_ms": round(statistics.median(others), 1),
        "max_ms": round(max(others), 1),
        "first_ms": round(first, 1),
    }


def _times(connection: http.client.HTTPConnection, path: str, session: str, number: int) -> Iterator[float]:
    for _ in range(number):
        begun = time.perf_counter()
        connection.request("GET", path, headers={"Cookie": f"{COOKIE}={session}"})
        answer = connection.getresponse()
        answer.read()
        if answer.status != 200:
            raise SystemExit(f"{path} answered {answer.status}")
        yield (time.perf_counter() - begun) * 1000


def save_at_once(token: str, number: int) -> dict[str, Any]:
    """So many patients added at the same moment, each over a connection of its own."""
    together = threading.Barrier(number)

    def save(patient: int) -> tuple[int, float]:
        connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=60)
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        together.wait()
        begun = time.perf_counter()
        connection.request("POST", "/api/v1/patients", json.dumps({"code": f"N-{patient:04d}"}), headers)
        answer = connection.getresponse()
        answer.read()
        return answer.status, time.perf_counter() - begun

    with ThreadPoolExecutor(number) as threads:
        answers = list(threads.map(save, range(number)))
    took_s = sorted(took for _, took in answers)
    statuses = [status for status, _ in answers]
    return {
        "n": number,
        "p95_s": round(took_s[int(0.95 * number)], 2),
        "max_s": round(took_s[-1], 2),
        "statuses": {str(status): statuses.count(status) for status in sorted(set(statuses))},
    }


def _figures(size: dict[str, int], pages: dict[str, Any], saving: dict[str, Any]) -> list[dict[str, str]]:
    clinic = f"{size['n_patients']} patients with {size['n_visits']} visits of {size['n_sites']} sites"
    said = ", ".join(f"{name} {times['median_ms']:.0f}" for name, times in pages.items())
    n_failed = saving["n"] - saving["statuses"].get("201", 0)
    return [
        figure(f"Server's time for a page in ms, median ({clinic})", said, f"each at most {LONGEST_MS:.0f}"),
        figure(
            f"{saving['n']} people save at the same moment",
            f"{n_failed} refused, p95 {saving['p95_s']:.1f} s",
            "none refused",
        ),
    ]


if __name__ == "__main__":
    main()
