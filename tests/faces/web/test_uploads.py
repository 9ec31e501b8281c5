"""Uploads: what is no picture is refused before any decoder sees it; what is one is kept once, with its job."""

import io
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image
from sqlalchemy import select

from benchmarks.hostile_uploads import HOSTILE, JPEG, PNG, encoded
from hairdensity.clinic.tasks import TaskSettings, prepare_tasks
from hairdensity.clinic.uploading import LIMITS
from hairdensity.store.models import AuditEntry, Capture, Job, Patient, Site, Visit, utc_now
from hairdensity.web.receiving import Reception

OCTETS = {"Content-Type": "application/octet-stream"}


@pytest.fixture
def target(place):
    """A visit and a site of one patient."""
    who = place.people["clinician"]
    with place.database.session() as db:
        patient = Patient(clinic_id=who.clinic_id, code="P-001", created_by=who.user_id)
        db.add(patient)
        db.flush()
        site, visit = (
            Site(patient_id=patient.id, place="vertex"),
            Visit(patient_id=patient.id, day=utc_now().date(), created_by=who.user_id),
        )
        db.add_all([site, visit])
    return f"/visits/{visit.id}/captures?site_id={site.id}"


def send(browser, url, data):
    return browser.post(url, content=data, headers=OCTETS | {"Accept": "application/json"})


def rows(place, kind):
    with place.database.session(writes=False) as db:
        return list(db.scalars(select(kind)))


def test_hostile_files_are_refused_undecoded_and_leave_nothing(place, browser, target, monkeypatch):
    client = browser()
    for decoder in ("cv2.imdecode", "simplejpeg.decode_jpeg", "PIL.ImageFile.ImageFile.load"):
        monkeypatch.setattr(decoder, lambda *_, **__: pytest.fail("it was decoded"))
    answers = {name: send(client, target, data) for name, (data, _) in HOSTILE.items()}
    assert {name: answer.status_code for name, answer in answers.items()} == dict.fromkeys(HOSTILE, 422)
    codes = {name: answer.json()["error"]["code"] for name, answer in answers.items()}
    assert codes == {name: code for name, (_, code) in HOSTILE.items()}
    assert rows(place, Capture) == rows(place, Job) == []
    assert [path for path in place.workplace.files.folder.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize("file_format", ["jpeg", "png", "tiff", "webp", "bmp", "avif"])
def test_pictures_are_taken_and_kept_whole(place, browser, target, file_format):
    data = encoded(file_format)
    answer = send(browser(), target, data)
    assert answer.status_code == 201
    taken = answer.json()
    assert taken["capture"]["number"] == 1
    assert (taken["capture"]["width_px"], taken["capture"]["height_px"]) == (64, 48)
    assert taken["job"]["state"] == "queued"
    assert taken["job"]["place"] == 1
    assert place.workplace.files.read(taken["capture"]["sha256"]) == data
    assert [entry.event for entry in rows(place, AuditEntry)] == ["capture added"]


def dicom(pixels, **tags):
    """A photograph that names its patient."""
    pydicom = pytest.importorskip("pydicom")
    meta = pydicom.dataset.FileMetaDataset()
    meta.MediaStorageSOPClassUID = pydicom.uid.SecondaryCaptureImageStorage
    meta.MediaStorageSOPInstanceUID = "1.2.3.4"
    meta.TransferSyntaxUID = pydicom.uid.ExplicitVRLittleEndian
    dataset = pydicom.dataset.FileDataset(None, {}, file_meta=meta, preamble=bytes(128))
    dataset.SOPClassUID, dataset.SOPInstanceUID = meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID
    dataset.PatientName = "Somebody^Secret"
    dataset.Rows, dataset.Columns = pixels.shape[:2]
    dataset.SamplesPerPixel, dataset.PlanarConfiguration, dataset.PhotometricInterpretation = 3, 0, "RGB"
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit, dataset.PixelRepresentation = 8, 8, 7, 0
    dataset.PixelData = pixels.tobytes()
    for tag, value in tags.items():
        setattr(dataset, tag, value)
    held = io.BytesIO()
    dataset.save_as(held, enforce_file_format=True)
    return held.getvalue()


@pytest.fixture
def unwraps(app, place):
    """The worker of a running server, without its process."""
    handle = prepare_tasks(TaskSettings(files=place.workplace.files.folder, cache=place.workplace.cache))
    app.state.reception = Reception(place.workplace, lambda kind, task, limit_s: handle({**task, "kind": kind}))


@pytest.mark.parametrize(
    ("spacing", "scale"),
    [(None, None), ("0.0054", {"kind": "given", "um_per_px": 5.4}), ("1.0", None)],
    ids=["no spacing", "of skin", "not plausible"],
)
def test_a_dicom_file_becomes_its_picture_and_its_scale(place, browser, target, unwraps, spacing, scale):
    pixels = np.random.default_rng(3).integers(0, 255, (48, 64, 3), dtype=np.uint8)
    answer = send(browser(), target, dicom(pixels, **({"PixelSpacing": [spacing, spacing]} if spacing else {})))
    assert answer.status_code == 201
    taken = answer.json()["capture"]
    assert (taken["media_type"], taken["width_px"], taken["height_px"]) == ("image/png", 64, 48)
    data = place.workplace.files.read(taken["sha256"])
    np.testing.assert_array_equal(np.asarray(Image.open(io.BytesIO(data))), pixels)
    kept = [path.read_bytes() for path in place.workplace.folder.rglob("*") if path.is_file()]
    assert not [data for data in kept if b"Secret" in data]
    stored = rows(place, Capture)[0].scale
    assert stored == (None if scale is None else {**stored, **scale})


def test_a_damaged_dicom_file_is_refused_and_leaves_nothing(place, browser, target, unwraps):
    answer = send(browser(), target, bytes(128) + b"DICM" + bytes(400))
    assert answer.status_code == 422
    assert answer.json()["error"]["code"] in {"truncated", "undecodable"}
    assert rows(place, Capture) == []
    assert [path for path in place.workplace.files.folder.rglob("*") if path.is_file()] == []


def test_a_picture_of_a_phone_may_carry_a_video_behind_it(browser, target):
    assert send(browser(), target, JPEG + b"\0\0\0\x18ftypmp42" + bytes(3000)).status_code == 201


def test_an_upright_phone_picture_is_announced_upright(browser, target):
    exif = Image.Exif()
    exif[274] = 6
    taken = send(browser(), target, encoded("jpeg", exif=exif)).json()
    assert (taken["capture"]["width_px"], taken["capture"]["height_px"]) == (48, 64)


def test_the_same_bytes_become_one_capture(place, browser, target):
    client = browser()
    first, again, other = (send(client, target, data) for data in (JPEG, JPEG, PNG))
    assert [first.status_code, again.status_code, other.status_code] == [201, 200, 201]
    assert again.json()["capture"] == first.json()["capture"]
    assert not again.json()["is_new"]
    assert other.json()["capture"]["number"] == 2
    assert other.json()["job"]["place"] == 2
    assert len(rows(place, Capture)) == len(rows(place, Job)) == 2


def test_too_many_bytes_are_refused_by_their_announcement_and_by_count(place, browser, target, monkeypatch):
    client = browser()
    announced = client.build_request("POST", target, content=b"x", headers=OCTETS | {"Accept": "application/json"})
    announced.headers["Content-Length"] = str(LIMITS.max_bytes + 1)
    assert client.send(announced).json()["error"]["code"] == "too_large"

    def unannounced():
        for _ in range(LIMITS.max_bytes // 1_000_000 + 2):
            yield JPEG[:2] + bytes(1_000_000)

    assert send(client, target, unannounced()).json()["error"]["code"] == "too_large"
    assert [path for path in place.workplace.files.folder.rglob("*") if path.is_file()] == []


def test_a_full_queue_says_so_and_when_to_come_back(place, browser, target, monkeypatch):
    monkeypatch.setattr("hairdensity.clinic.uploading.MOST_QUEUED", 1)
    client = browser()
    assert send(client, target, JPEG).status_code == 201
    answer = send(client, target, PNG)
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0
    assert len(rows(place, Capture)) == 1


def test_who_may_upload(browser, target):
    assert send(browser("reader"), target, JPEG).status_code == 403
    assert send(browser("stranger"), target, JPEG).status_code == 404
    assert send(browser(), target.partition("?")[0], JPEG).status_code in (404, 422)
    forged = browser()
    forged.headers.pop("X-CSRF-Token")
    assert send(forged, target, JPEG).status_code == 403


def test_a_form_is_no_picture(browser, target):
    answer = browser().post(target, files={"file": JPEG}, headers={"Accept": "application/json"})
    assert answer.status_code == 422


def test_a_site_of_another_patient_is_refused(place, browser, target):
    who = place.people["clinician"]
    with place.database.session() as db:
        other = Patient(clinic_id=who.clinic_id, code="P-002", created_by=who.user_id)
        db.add(other)
        db.flush()
        site = Site(patient_id=other.id, place="vertex")
        db.add(site)
    assert send(browser(), f"{target.partition('=')[0]}={site.id}", JPEG).status_code == 409


def test_downloads_carry_no_metadata_and_are_never_shown_in_place(place, browser, target, app):
    exif = Image.Exif()
    exif[315] = "the name of a person"
    picture = encoded("jpeg", exif=exif)
    client = browser()
    handle = prepare_tasks(TaskSettings(files=place.workplace.files.folder, cache=place.workplace.cache))
    app.state.queue = SimpleNamespace(ask=lambda kind, task, timeout_s: handle({**task, "kind": kind}))
    url = f"/captures/{send(client, target, picture).json()['capture']['id']}/original"
    for _ in range(2):
        answer = client.get(url)
        assert answer.status_code == 200
        assert answer.headers["Content-Disposition"].startswith("attachment")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert b"person" in picture
        assert b"person" not in answer.content
        shown, sent = (np.array(Image.open(io.BytesIO(data))) for data in (answer.content, picture))
        assert np.array_equal(shown, sent)
    assert browser("stranger").get(url).status_code == 404
