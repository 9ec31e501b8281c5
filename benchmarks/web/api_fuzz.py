"""The REST API against its own description: schemathesis makes requests from the OpenAPI document, checks the answers.

A clinic of its own is made first, with pictures that were scored and compared, and its ids are what most requests ask
for: so they reach what lies behind the search for an object. An admin's token goes with them. The application is asked
in this process (ASGI), with its workers.

    python -m benchmarks.web.api_fuzz --minutes 5 --json report.json

Every check of schemathesis is on but those of `LEFT_OUT`, which says why.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any
from unittest import mock

import cv2
import numpy as np
import schemathesis
from fastapi import FastAPI
from fastapi.testclient import TestClient
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import from_schema
from schemathesis.engine.events import NonFatalError, ScenarioFinished
from starlette.types import ASGIApp, Receive, Scope, Send

from benchmarks.reporting import figure, write_report
from hairdensity.calibration import DeviceProfile, profile_to_json
from hairdensity.clinic.access import Person, Role
from hairdensity.clinic.opening import open_workplace
from hairdensity.clinic.tokens import make_token
from hairdensity.store.models import Clinic, Job, User, utc_now
from hairdensity.web import guards
from hairdensity.web.app import create_app
from hairdensity.web.settings import WebSettings

SAMPLES = Path(__file__).parents[2] / "sample_images"
CORNER = (slice(400, 640), slice(400, 640))
SIDE_PX = 200
"""Of a corner, less than its side: triangles begin here."""

CORRECTING = frozenset({"add_correction", "preview_correction"})
SCORED_WITHIN_S = 120.0
LATE_S = 120.0
"""After which an answer does not come any more; a machine may be busy."""
N_SPARE = 6
"""Objects of each kind that requests may delete; those that others ask for stay."""

REAL = 0.85
"""Share of the ids that are real ones."""

LEFT_OUT = {
    "positive_data_acceptance": "what fits the description may still contradict the clinic: a site of another patient",
    "use_after_free": "the ids of a list are asked for after others were deleted",
    "ensure_resource_availability": "what is made may be deleted by a request between",
}

Ids = dict[str, list[str]]
"""By the name of the parameter that takes them."""


@dataclass(frozen=True, kw_only=True)
class Seeded:
    """A clinic to ask about.

    Parameters
    ----------
    app : FastAPI
        Its queue works.
    client : TestClient
        With the token of an admin.
    token : str
    ids, spare : dict
        Of what stays, and of what may be deleted.
    own : frozenset of str
        Of the admin and of the token: nobody is let in without them.
    """

    app: FastAPI
    client: TestClient
    token: str
    ids: Ids
    spare: Ids
    own: frozenset[str]

    def correction(self, number: int) -> dict[str, Any]:
        """One that can be saved at this moment: of the newest reading, with an edit that no other one has."""
        shown = self.client.get(f"/api/v1/captures/{self.ids['corrected_id'][0]}").raise_for_status().json()
        corner = float(1 + number % SIDE_PX)
        triangle = [[corner, 1.0], [corner, 9.0], [corner + 9.0, 5.0]]
        return {"reading_id": shown["reading_id"], "edits": [{"op": "unreadable", "polygon_px": triangle}]}


@dataclass
class Found:
    """What a run has seen."""

    n_cases: Counter[str] = field(default_factory=Counter)
    statuses: dict[str, Counter[int]] = field(default_factory=dict)
    failures: dict[str, str] = field(default_factory=dict)
    """How to see it again, by operation and fault."""


@contextmanager
def seeded(folder: Path, *, n_spare: int = N_SPARE) -> Iterator[Seeded]:
    """Yield an installation with a clinic that has one object of each kind or more; two pictures are scored for it.

    Parameters
    ----------
    folder : Path
        Empty.
    n_spare : int, optional
        Objects of each kind that may be deleted.
    """
    with open_workplace(folder / "data") as at, mock.patch.object(guards, "MOST_REQUESTS", 10**9):
        with at.database.session() as db:
            clinic = Clinic(name="Asked")
            db.add(clinic)
            db.flush()
            user = User(clinic_id=clinic.id, name="asker", role=Role.ADMIN.value, password_hash="!")
            db.add(user)
            db.flush()
            who = Person(user_id=user.id, clinic_id=clinic.id, name=user.name, role=Role.ADMIN)
            made = make_token(db, who, name="asks")
        app = create_app(at, WebSettings(n_workers=1, hosts=("testserver",)))
        app.state.queue.start()
        try:
            client = TestClient(app, headers={"Authorization": f"Bearer {made.token}"})
            seed = Seed(client)
            ids, spare = seed.kept(), seed.spare(n_spare)
            with at.database.session() as db:
                failed = Job(
                    clinic_id=clinic.id,
                    kind="score",
                    capture_id=ids["capture_id"][0],
                    state="failed",
                    created_by=user.id,
                )
                db.add(failed)
                db.flush()
                ids["job_id"].append(failed.id)
            own = frozenset({who.user_id, made.row.id})
            yield Seeded(app=app, client=client, token=made.token, ids=ids, spare=spare, own=own)
        finally:
            app.state.queue.stop()


def picture(name: str) -> bytes:
    """A corner of a sample image, as PNG."""
    pixels: Any = cv2.imdecode(np.fromfile(SAMPLES / f"{name}.jpg", np.uint8), cv2.IMREAD_COLOR)
    return cv2.imencode(".png", pixels[CORNER])[1].tobytes()


class Seed:
    """Fills a clinic through the API itself."""

    def __init__(self, client: TestClient) -> None:
        self._client = client
        self._n_patients = 0

    def kept(self) -> Ids:
        """Objects that stay: a patient with two visits and their comparison, and what a clinic has besides."""
        ids = self._patient()
        today = utc_now().date()
        visits = [self._post(f"/patients/{ids['patient_id'][0]}/visits", {"day": str(today - timedelta(days=90))})]
        visits.append(self._post(f"/patients/{ids['patient_id'][0]}/visits", {"day": str(today)}))
        uploads = [
            self._upload(visit, ids["site_id"][0], name)
            for visit, name in zip(visits, ("visit_baseline", "visit_follow_up"), strict=True)
        ]
        captures = [upload["capture"]["id"] for upload in uploads]
        stated = {"scale": {"kind": "given", "um_per_px": 5.571}}
        self._client.patch(f"/api/v1/captures/{captures[0]}", json=stated).raise_for_status()
        jobs = [self._done(upload["job"]["id"]) for upload in uploads]
        self._settled(captures[0])
        readings = [self._get(f"/captures/{capture}")["reading_id"] for capture in captures]
        asked = self._post("/comparisons", {"baseline_id": readings[0], "follow_up_id": readings[1]})
        jobs.append(self._done(asked["job"]["id"]))
        return ids | {
            "visit_id": visits,
            "capture_id": captures,
            "changed_id": captures[:1],
            "corrected_id": captures[1:],
            "current_id": readings[1:],
            "reading_id": readings,
            "baseline_id": readings[:1],
            "follow_up_id": readings[1:],
            "comparison_id": [jobs[-1]],
            "job_id": jobs,
            "user_id": [self._post("/people", {"name": f"somebody-{number}"}) for number in range(3)],
            "token_id": [self._post("/tokens", {"name": "stays"})],
            "import_id": [self._import(0)],
        }

    def spare(self, n_each: int) -> Ids:
        """Objects that may be deleted, none of which goes with another one."""
        spare: Ids = {}
        for _ in range(n_each):
            ids = self._patient()
            patient = ids["patient_id"][0]
            visit = self._post(f"/patients/{patient}/visits", {})
            ids |= {"visit_id": [visit], "token_id": [self._post("/tokens", {"name": "spare"})]}
            ids |= {"patient_id": self._patient()["patient_id"]}
            ids |= {"import_id": [self._import(len(spare.get("import_id", [])) + 1)]}
            for name, values in ids.items():
                spare.setdefault(name, []).extend(values)
        home = self._patient()
        patient, site = home["patient_id"][0], home["site_id"][0]
        for day in range(n_each):
            visit = self._post(f"/patients/{patient}/visits", {"day": f"2024-01-{day + 1:02d}"})
            spare.setdefault("capture_id", []).append(self._upload(visit, site, "clipped_sparse")["capture"]["id"])
        return spare

    def _patient(self) -> Ids:
        self._n_patients += 1
        patient = self._post("/patients", {"code": f"P-{self._n_patients:03d}"})
        profile = DeviceProfile(
            name=f"Device {self._n_patients}", um_per_px=6.0, relative_error=0.01, width_px=4000, height_px=3000
        )
        return {
            "patient_id": [patient],
            "site_id": [self._post(f"/patients/{patient}/sites", {"place": "vertex"})],
            "treatment_id": [
                self._post(f"/patients/{patient}/treatments", {"kind": "minoxidil", "started_on": "2024-01-01"})
            ],
            "device_id": [self._post("/devices", {"profile": profile_to_json(profile)})],
        }

    def _upload(self, visit: str, site: str, name: str) -> dict[str, Any]:
        answer = self._client.post(
            f"/api/v1/visits/{visit}/captures?site_id={site}",
            content=picture(name),
            headers={"Content-Type": "application/octet-stream"},
        )
        uploaded: dict[str, Any] = answer.raise_for_status().json()
        return uploaded

    def _import(self, number: int) -> str:
        """With a picture, and with the manifest for it."""
        draft: str = self._post("/imports", None)
        manifest = f"image,patient,site,visit,date\nnew.png,N-{number},vertex,baseline,2024-02-01\n"
        for name, content in (("new.png", picture("light_hair_dark_skin")), ("manifest.csv", manifest.encode())):
            self._client.post(
                f"/api/v1/imports/{draft}/files", content=content, headers={"X-File-Name": name}
            ).raise_for_status()
        return draft

    def _settled(self, capture: str) -> None:
        """Until a picture is scored with its present scale."""
        until = time.monotonic() + SCORED_WITHIN_S
        while self._get(f"/captures/{capture}")["state"] != "done" and time.monotonic() < until:
            time.sleep(0.05)

    def _done(self, job: str) -> str:
        until = time.monotonic() + SCORED_WITHIN_S
        while (state := self._get(f"/jobs/{job}"))["state"] in ("queued", "running") and time.monotonic() < until:
            time.sleep(0.05)
        if state["state"] != "done":
            raise RuntimeError(f"the clinic cannot be made: {state}")
        return job

    def _get(self, path: str) -> dict[str, Any]:
        answer: dict[str, Any] = self._client.get(f"/api/v1{path}").raise_for_status().json()
        return answer

    def _post(self, path: str, body: Any) -> Any:
        """Gives the id of what was made, or the whole answer where it has none."""
        made = self._client.post(f"/api/v1{path}", json=body).raise_for_status().json()
        return made.get("id", made)


def ask_everything(
    clinic: Seeded, *, n_examples: int, seconds: float | None = None, seed: int = 7, is_thorough: bool = True
) -> Found:
    """Ask each operation many times, and check the answers.

    Parameters
    ----------
    clinic : Seeded
    n_examples : int
        Most of one operation, of those that are made at random.
    seconds : float, optional
        For all of them; as long as it takes where it is not given.
    seed : int, optional
    is_thorough : bool, optional
        Ask also for every border of every field, and follow what was answered.
    """
    settings = _settings(clinic, n_examples, seed)
    if seconds is not None:
        settings["max-time"] = round(seconds)
    if not is_thorough:
        settings["phases"] = {"coverage": {"enabled": False}, "stateful": {"enabled": False}}
    schema = schemathesis.openapi.from_asgi(
        "/api/v1/openapi.json", _without_lifespan(clinic.app), config=SchemathesisConfig.from_dict(settings)
    )
    kept = clinic.own | {one for values in clinic.ids.values() for one in values}

    @schema.hook
    def filter_case(_context: Any, case: Any) -> bool:
        named = {str(value) for value in (case.path_parameters or {}).values()}
        return not named & (kept if case.method == "DELETE" else clinic.own)

    sent, turns = picture("unclipped_long"), count()

    @schema.hook
    def map_case(_context: Any, case: Any) -> Any:
        # Bytes made at random are no picture: every other time one is sent.
        if case.media_type == "application/octet-stream" and next(turns) % 2:
            case.body = sent
        # Each correction that is saved has the next one refused that names the same reading: a list cannot know the id.
        if case.operation.definition.raw.get("operationId") in CORRECTING and _is_fit(case) and next(turns) % 2:
            case.body = clinic.correction(next(turns))
        return case

    found = Found()
    for event in from_schema(schema).execute():
        if isinstance(event, NonFatalError):
            found.failures.setdefault(f"{event.label}: cannot be asked", str(event.value))
        elif isinstance(event, ScenarioFinished):
            _note(event, found)
    return found


def _is_fit(case: Any) -> bool:
    """Whether the description allows the request: what it forbids has to be refused, and stays as it is."""
    return case.meta is not None and case.meta.generation.mode.is_positive


def _settings(clinic: Seeded, n_examples: int, seed: int) -> dict[str, Any]:
    kinds = {"keep": clinic.ids, "spare": clinic.spare}
    dictionaries = {f"{kind}-{name}": {"values": values} for kind, ids in kinds.items() for name, values in ids.items()}
    taken = _bound({f"{place}.{name}": f"keep-{name}" for place in ("path", "query", "body") for name in clinic.ids})
    deleted = _bound({f"path.{name}": f"spare-{name}" for name in clinic.spare})
    return {
        "seed": seed,
        "headers": {"Authorization": f"Bearer {clinic.token}"},
        "continue-on-failure": True,
        "request-timeout": LATE_S,
        "dictionaries": dictionaries,
        "parameters": taken,
        "operations": [
            {"include-method": "DELETE", "parameters": deleted},
            {"include-operation-id": "carry_out_import", "parameters": deleted},
            # A picture that is scored anew has another reading each time: one stays as it is, and is corrected.
            {
                "include-operation-id": ["change_capture", "keep_scale_as_device"],
                "parameters": _bound({"path.capture_id": "keep-changed_id"}),
            },
            {
                "include-operation-id": ["add_correction", "preview_correction", "mark_reviewed"],
                "parameters": _bound({"path.capture_id": "keep-corrected_id", "body.reading_id": "keep-current_id"}),
            },
        ],
        "generation": {"max-examples": n_examples, "deterministic": True, "no-shrink": True},
        "checks": {name: {"enabled": False} for name in LEFT_OUT},
    }


def _bound(names: dict[str, str]) -> dict[str, Any]:
    """Parameters whose values come from lists of ids, most of the time."""
    return {name: {"dictionary": ids, "probability": REAL} for name, ids in names.items()}


def _without_lifespan(app: FastAPI) -> ASGIApp:
    """The queue is started and stopped here: what schemathesis starts lives as long as the process."""

    async def asked(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            raise NotImplementedError
        await app(scope, receive, send)

    return asked


def _note(event: ScenarioFinished, found: Found) -> None:
    recorder = event.recorder
    for case_id, interaction in recorder.interactions.items():
        case = recorder.cases[case_id].value
        found.n_cases[event.phase.value] += 1
        if interaction.response is not None:
            statuses = found.statuses.setdefault(case.operation.label, Counter())
            statuses[interaction.response.status_code] += 1
    for case_id, checks in recorder.checks.items():
        for check in checks:
            if check.failure_info is not None:
                label = recorder.cases[case_id].value.operation.label
                failure = check.failure_info.failure
                told = f"{failure.message}\n{check.failure_info.code_sample}"
                found.failures.setdefault(f"{label}: {failure.title}", told)


def reached(found: Found) -> tuple[int, int]:
    """How many operations have succeeded at least once, of how many that were asked."""
    succeeded = sum(any(status < 300 for status in statuses) for statuses in found.statuses.values())
    return succeeded, len(found.statuses)


def main() -> None:
    """Ask for so many minutes and report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=5.0)
    parser.add_argument(
        "--examples", type=int, default=30, help="of one operation at most, so that the time is enough for all"
    )
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, seeded(Path(folder)) as clinic:
        begun = time.monotonic()
        found = ask_everything(clinic, n_examples=options.examples, seconds=60 * options.minutes, seed=options.seed)
        took_s = time.monotonic() - begun
    succeeded, asked = reached(found)
    server_errors = sum(n for one in found.statuses.values() for status, n in one.items() if status in (500, 501))
    figures = [
        figure("Requests to the API made from its description", f"{found.n_cases.total():,}"),
        figure("Server errors among the answers", str(server_errors), "0"),
        figure("Faults that schemathesis finds", str(len(found.failures)), "0"),
        figure("Operations that succeeded at least once", f"{succeeded} of {asked}"),
    ]
    results = {
        "took_s": round(took_s, 1),
        "seed": options.seed,
        "left_out": LEFT_OUT,
        "cases": found.n_cases,
        "statuses": {label: dict(sorted(one.items())) for label, one in sorted(found.statuses.items())},
        "failures": found.failures,
    }
    write_report("api_fuzz", results, figures, path=options.json)


if __name__ == "__main__":
    main()
