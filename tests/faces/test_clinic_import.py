"""``hairdensity clinic import``: a folder is proposed as a manifest, a manifest is added whole or not at all."""

import pytest
from typer.testing import CliRunner

from hairdensity.cli import app
from hairdensity.clinic.opening import open_workplace
from hairdensity.store.models import Capture, Clinic, Job, Patient, User
from tests.handed_on import jpeg


@pytest.fixture
def data(tmp_path, monkeypatch):
    """The folder of an installation in which jo may work."""
    monkeypatch.delenv("HAIRDENSITY_DATABASE_URL", raising=False)
    monkeypatch.setenv("HAIRDENSITY_DATA", str(tmp_path / "data"))
    with open_workplace(tmp_path / "data") as at, at.database.session() as db:
        clinic = Clinic(name="Ours")
        db.add(clinic)
        db.flush()
        db.add(User(clinic_id=clinic.id, name="jo", role="clinician", password_hash="!"))  # noqa: S106 -- no password has this hash
    return tmp_path / "data"


@pytest.fixture
def pictures(tmp_path):
    folder = tmp_path / "pictures"
    for number, name in enumerate(("2026-01-02_baseline.jpg", "2026-03-02_week12.jpg")):
        path = folder / "P-7" / "vertex" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(jpeg()[:2] + b"\xff\xfe\x00\x03" + bytes([number]) + jpeg()[2:])
    return folder


def run(*words, code=0):
    done = CliRunner().invoke(app, ["clinic", "import", *map(str, words)])
    assert done.exit_code == code, done.output
    return done.output


def counts(data):
    with open_workplace(data) as at, at.database.session(writes=False) as db:
        return [db.query(kind).count() for kind in (Patient, Capture, Job)]


def test_a_folder_is_proposed_then_added_once(data, pictures):
    assert "look through it, then import it" in run(pictures, "--by", "jo")
    assert counts(data) == [0, 0, 0]
    manifest = pictures / "manifest.csv"
    assert "2 pictures of 1 patients, 2 visits" in run(manifest, "--by", "jo", "--dry-run")
    assert counts(data) == [0, 0, 0]
    assert "added: 2 pictures, 1 patients, 1 sites, 2 visits; 0 pictures" in run(manifest, "--by", "Jo")
    assert "added: 0 pictures, 0 patients, 0 sites, 0 visits; 2 pictures" in run(manifest, "--by", "jo")
    assert counts(data) == [1, 2, 2]


def test_a_proposed_manifest_is_not_written_over(data, pictures):
    (pictures / "manifest.csv").write_text("mine")
    assert "already" in run(pictures, "--by", "jo", code=2)
    assert (pictures / "manifest.csv").read_text() == "mine"


def test_one_fault_stops_all(data, pictures):
    run(pictures, "--by", "jo")
    manifest = pictures / "manifest.csv"
    manifest.write_text(manifest.read_text().replace(",vertex,baseline", ",elbow,baseline"))
    said = run(manifest, "--by", "jo", code=2)
    assert "row 1, site" in said
    assert "no place on the scalp map" in said
    assert counts(data) == [0, 0, 0]


def test_somebody_with_an_account_adds(data, pictures):
    run(pictures, "--by", "jo")
    assert "there is no account 'nobody'" in run(pictures / "manifest.csv", "--by", "nobody", code=2)
    with open_workplace(data) as at, at.database.session() as db:
        db.query(User).one().role = "reader"
    assert "needs the role clinician" in run(pictures / "manifest.csv", "--by", "jo", code=2)
