"""Comparisons and the timeline over pages and API; the worker's task runs in this process."""

import json
from types import SimpleNamespace

import pytest
from sqlalchemy import select

from hairdensity.clinic import comparing
from hairdensity.clinic.readings import current_reading
from hairdensity.clinic.tasks import aligning
from hairdensity.clinic.tasks.bench import Bench
from hairdensity.clinic.tasks.settings import TaskSettings
from hairdensity.comparing import Conclusion, Kept, Outputs, prepare_comparing
from hairdensity.comparing import Visit as Picture
from hairdensity.errors import InputError
from hairdensity.scoring import Request
from hairdensity.store.models import AuditEntry, Comparison, Job, Reading, Treatment
from tests.compared_sites import FIRST, LAST, SCALE, ComparedSite, corner_of


@pytest.fixture(scope="module")
def bench(tmp_path_factory):
    folder = tmp_path_factory.mktemp("bench")
    return Bench(TaskSettings(files=folder / "files", cache=folder / "cache"))


@pytest.fixture(scope="module")
def pictures(bench):
    """sha256 of the same corner of both visits, and of another place."""
    found = {}
    for name in ("visit_baseline", "visit_follow_up", "clipped_sparse"):
        found[name] = bench.files.put(corner_of(name))
    return found


@pytest.fixture
def clinic(place, app, bench, pictures):
    def ask(kind, task, timeout_s):
        assert kind == "align"
        target = place.workplace.cache / "aligned"
        made = aligning.handle(task, SimpleNamespace(files=bench.files, aligned=lambda name: target / name))
        return made

    app.state.queue = SimpleNamespace(ask=ask, nudge=lambda: None)
    return ComparedSite(place, bench, pictures)


@pytest.fixture
def pair(clinic):
    return clinic.read(FIRST, "visit_baseline"), clinic.read(LAST, "visit_follow_up")


@pytest.fixture
def compared(clinic, pair, browser):
    """The address of a comparison that is done."""
    answer = browser().post("/compare", data={"baseline": pair[0], "follow_up": pair[1]})
    assert answer.status_code == 303
    clinic.work_off()
    return answer.headers["location"]


def test_the_command_line_gives_the_same_numbers(clinic, compared, browser, bench, pictures, tmp_path):
    kept = []
    handle = prepare_comparing((Request(um_per_px=SCALE["um_per_px"]),))
    for name in ("visit_baseline", "visit_follow_up"):
        path, at = bench.files.path(pictures[name]), tmp_path / name
        handle(Picture(path=path, keep_at=at, request=0))
        kept.append(Kept(path=path, at=at))
    order = Conclusion(kind="change", visits=tuple(kept), outputs=Outputs(with_document=True))
    told = json.loads(handle(order)["document"])
    shown = browser().get(f"/api/v1{compared}/document").json()
    for document in (told, shown):
        for visit in document["images"].values():
            visit["image"].pop("path")
    assert shown == told
    assert shown["registration"]["accepted"]
    assert len(shown["matches"]) > 10


def test_the_page_says_the_verdict_first_and_every_hair_in_words(compared, browser):
    page = browser().get(compared).text
    document = browser().get(f"/api/v1{compared}/document").json()
    heading = page[page.index("<h1>") : page.index("</h1>")]
    assert "measurement noise" in heading
    assert f"{document['summary']['n_kept']}</strong> kept" in page
    assert f"All {len(document['matches'])} hairs in words" in page
    assert "style=" not in page
    view = browser().get(f"{compared}/view.json").json()
    assert view["is_aligned"]
    assert [hair["id"] for hair in view["hairs"]] == [match["match_id"] for match in document["matches"]]


def test_the_aligned_picture_is_made_again_when_it_is_gone(compared, browser, place):
    folder = place.workplace.cache / "aligned" / compared.rsplit("/", 1)[-1]
    assert not folder.exists()
    tile = browser().get(f"{compared}/tiles/10/0_0.jpg")
    assert tile.status_code == 200
    assert tile.headers["content-type"] == "image/jpeg"
    assert b"Exif" not in tile.content
    assert browser().get(f"{compared}/tiles/10/99_0.jpg").status_code == 404


def test_a_comparison_is_made_once(compared, pair, browser, place):
    again = browser().post("/compare", data={"baseline": pair[0], "follow_up": pair[1]})
    assert again.headers["location"] == compared
    assert browser().get(f"/compare?baseline={pair[0]}&follow_up={pair[1]}").headers["location"] == compared
    by_api = browser().post("/api/v1/comparisons", json={"baseline_id": pair[0], "follow_up_id": pair[1]})
    assert by_api.status_code == 200
    assert by_api.json()["comparison"]["id"] == compared.rsplit("/", 1)[-1]
    with place.database.session(writes=False) as db:
        assert len(db.scalars(select(Comparison)).all()) == 1
        events = [entry.event for entry in db.scalars(select(AuditEntry))]
    assert events == ["comparison asked", "comparison made"]


def test_the_page_waits_for_its_job_and_then_goes_on(clinic, pair, browser):
    client = browser()
    url = client.post("/compare", data={"baseline": pair[0], "follow_up": pair[1]}).headers["location"]
    assert client.post("/compare", data={"baseline": pair[0], "follow_up": pair[1]}).headers["location"] == url
    assert "every 1s" in client.get(url).text
    assert "Waiting for its turn" in client.get(f"{url}/state").text
    clinic.work_off()
    done = client.get(f"{url}/state")
    assert (done.status_code, done.headers["hx-redirect"]) == (204, url)


def test_a_failed_comparison_says_why_and_can_be_tried_again(clinic, pair, browser, place):
    client = browser()
    url = client.post("/compare", data={"baseline": pair[0], "follow_up": pair[1]}).headers["location"]
    with place.database.session() as db:
        job = db.scalars(select(Job)).one()
        job.state, job.error_code, job.error_message = "failed", "timeout", "it took longer than its time limit"
    page = client.get(url).text
    assert "It took longer than its time limit" in page
    assert client.post(f"{url}/again").headers["location"] == url
    assert "every 1s" in client.get(url).text


def test_the_control_site_is_compared_beside(clinic, pair, browser):
    clinic.read(FIRST, "visit_baseline", site_id=clinic.control_id)
    clinic.read(LAST, "visit_follow_up", site_id=clinic.control_id)
    url = browser().post("/compare", data={"baseline": pair[0], "follow_up": pair[1]}).headers["location"]
    clinic.work_off()
    control = browser().get(f"/api/v1{url}/document").json()["control"]
    assert control["registration"]["accepted"]
    page = browser().get(url).text
    assert "Untreated control site" in page
    assert "<strong>Untreated control:</strong>" in page


def test_other_skin_is_refused_and_shown_so(clinic, browser):
    pair = clinic.read(FIRST, "visit_baseline"), clinic.read(LAST, "clipped_sparse")
    url = browser().post("/compare", data={"baseline": pair[0], "follow_up": pair[1]}).headers["location"]
    clinic.work_off()
    page = browser().get(url).text
    assert "Not shown to be the same skin" in page
    assert page.count("The pictures could not be laid over each other") == 1
    reason = browser().get(f"/api/v1{url}/document").json()["registration"]["reason"]
    assert page.count(reason[1:].replace("'", "&#39;")) == 1
    assert 'type="range"' not in page
    assert browser().get(f"{url}/tiles/10/0_0.jpg").status_code == 404
    timeline = browser().get(f"/api/v1/sites/{clinic.site_id}/timeline").json()
    assert "same skin" in timeline["series"][0]["links"]["density_per_cm2"][0]["reason"]


@pytest.mark.parametrize("swap", [False, True])
def test_what_cannot_be_compared_is_refused_with_the_remedy(clinic, pair, browser, place, swap):
    other = clinic.read(LAST, "visit_follow_up", site_id=clinic.control_id)
    baseline, follow_up = (pair[1], pair[0]) if swap else (pair[0], other)
    answer = browser().post("/compare", data={"baseline": baseline, "follow_up": follow_up})
    assert answer.status_code == 422
    assert ("exchange the two" if swap else "two sites") in answer.text
    with (
        place.database.session() as db,
        pytest.raises(InputError, match="one picture"),
    ):
        comparing.start_comparison(db, clinic.who, pair[0], pair[0])


def test_a_reader_sees_and_does_not_start(compared, clinic, pair, browser):
    reader = browser("reader")
    assert reader.get(compared).status_code == 200
    assert reader.post("/compare", data={"baseline": pair[0], "follow_up": pair[1]}).headers["location"] == compared
    newer = clinic.read(LAST, "visit_follow_up")
    assert reader.post("/compare", data={"baseline": pair[0], "follow_up": newer}).status_code == 403
    assert "A clinician can start it" in reader.get(f"/compare?baseline={pair[0]}&follow_up={newer}").text


@pytest.mark.parametrize("end", ["", "/state", "/view.json", "/tiles/10/0_0.jpg"])
def test_strangers_find_nothing(compared, browser, end):
    assert browser("stranger").get(f"{compared}{end}").status_code == 404


def test_strangers_find_no_site_and_start_nothing(clinic, pair, browser):
    stranger = browser("stranger")
    assert stranger.get(f"/sites/{clinic.site_id}").status_code == 404
    assert stranger.get(f"/api/v1/sites/{clinic.site_id}/timeline").status_code == 404
    assert stranger.post("/compare", data={"baseline": pair[0], "follow_up": pair[1]}).status_code == 404


def test_the_site_shows_figures_treatments_and_a_pair_to_compare(clinic, pair, browser, place):
    with place.database.session() as db:
        db.add(
            Treatment(
                patient_id=clinic.patient_id,
                kind="minoxidil",
                started_on=FIRST,
                created_by=clinic.who.user_id,
                detail="5 %",
                route="topical",
            )
        )
        value = current_reading(db.get(Reading, pair[0]).capture).summary["metrics"]["density_per_cm2"]["value"]
    page = browser().get(f"/sites/{clinic.site_id}").text
    assert page.count('<svg class="timeline') == 2
    assert f">{value:.0f}</text>" in page
    assert f"{value:.0f} <span" in page
    assert "Minoxidil, topical, 5 %: since 5 Jan 2026" in page
    assert f'name="baseline" value="{pair[0]}"' in page
    assert f'name="follow_up" value="{pair[1]}"' in page
    assert "style=" not in page
    only_units = browser().get(f"/sites/{clinic.site_id}?figure=unit_density_per_cm2&figure=nonsense").text
    assert '<text class="panel-title" x="4" y="20.0">Unit density, per cm²</text>' in only_units
    assert '<text class="panel-title" x="4" y="20.0">Hair density, per cm²</text>' not in only_units


def test_a_site_without_a_reading_says_so(clinic, browser):
    assert "No picture of this site has been read yet" in browser().get(f"/sites/{clinic.site_id}").text


def test_the_api_lists_comparisons_and_the_timeline(clinic, compared, pair, browser):
    listed = browser().get(f"/api/v1/sites/{clinic.site_id}/comparisons").json()
    assert [one["baseline_id"] for one in listed["items"]] == [pair[0]]
    assert listed["after"] is None
    assert "matches" not in listed["items"][0]["summary"]
    timeline = browser().get(f"/api/v1/sites/{clinic.site_id}/timeline").json()
    points = timeline["series"][0]["points"]
    assert [point["reading_id"] for point in points] == list(pair)
    assert [series["is_control"] for series in timeline["series"]] == [False, True]
    assert timeline["series"][0]["links"]["density_per_cm2"][0]["reason"] == ""
