"""``hairdensity clinic``: accounts, backup, restore, verify, upgrade and deletion from the terminal."""

import json

import pytest
from typer.testing import CliRunner

from hairdensity.cli import app
from hairdensity.clinic.opening import open_workplace
from hairdensity.store.models import AuditEntry, OneTimeLink, SignIn, User, utc_now
from tests.clinic_rows import fill

PASSWORD = "seven small grey stones"  # noqa: S105 -- of the tests


@pytest.fixture
def data(tmp_path, monkeypatch):
    monkeypatch.delenv("HAIRDENSITY_DATABASE_URL", raising=False)
    monkeypatch.setenv("HAIRDENSITY_DATA", str(tmp_path / "data"))
    return tmp_path / "data"


def clinic(*words, code=0, said=None):
    done = CliRunner().invoke(app, ["clinic", *map(str, words)], input=said)
    assert done.exit_code == code, done.output
    return done.output


@pytest.fixture
def rows(data):
    with open_workplace(data) as at:
        return fill(at)


def test_the_first_account_is_an_admins_and_makes_the_clinic(data):
    assert "is an admin" in clinic("add-user", "Ada", said=PASSWORD, code=2)
    assert "ada can sign in as admin" in clinic("add-user", "Ada", "--role", "admin", said=PASSWORD)
    assert "bo can sign in as clinician" in clinic("add-user", "bo", said=PASSWORD)
    assert "signs in as 'ada' already" in clinic("add-user", "ADA", said=PASSWORD, code=2)
    assert "needs at least 12 characters" in clinic("add-user", "cy", said="short", code=2)
    with open_workplace(data) as at, at.database.session(writes=False) as db:
        people = {user.name: user for user in db.query(User)}
        assert {name: user.role for name, user in people.items()} == {"ada": "admin", "bo": "clinician"}
        assert len({user.clinic_id for user in people.values()}) == 1
        assert all(user.password_hash.startswith("$argon2id$v=19$m=19456,t=2,p=1$") for user in people.values())
        entries = db.query(AuditEntry).all()
        assert [(entry.event, entry.user_id) for entry in entries] == [("person added", "console")] * 2
        assert db.query(OneTimeLink).count() == 0
        assert not any("ada" in json.dumps(entry.detail) for entry in entries)


def test_a_reset_password_ends_all_sessions(data, rows):
    with open_workplace(data) as at, at.database.session() as db:
        user = db.get(User, rows.admin.user_id)
        user.name = "ada"
        db.add(SignIn(token_sha256="t", csrf_token="c", user_id=user.id, expires_at=utc_now()))  # noqa: S106 -- no token has this hash
        before = user.password_hash
    assert "signed out everywhere" in clinic("reset-password", "ada", said=PASSWORD)
    assert "nobody signs in as" in clinic("reset-password", "nobody", said=PASSWORD, code=2)
    with open_workplace(data) as at, at.database.session(writes=False) as db:
        assert db.get(User, rows.admin.user_id).password_hash != before
        assert db.query(SignIn).count() == 0


def test_backup_destroy_restore_verify(data, rows, tmp_path, monkeypatch):
    with open_workplace(data):
        made = clinic("backup", tmp_path / "copy")
        assert "all is as it was written" in clinic("verify")
    assert "8 files" in made
    assert "audit: 1 entries" in made
    monkeypatch.setenv("HAIRDENSITY_DATA", str(tmp_path / "second"))
    assert "8 files" in clinic("restore", tmp_path / "copy")
    assert "audit: 2 entries" in clinic("verify")


def test_a_backup_goes_into_a_folder_that_is_there(rows, tmp_path):
    (tmp_path / "backups").mkdir()
    clinic("backup", tmp_path / "backups")
    (made,) = (tmp_path / "backups").iterdir()
    assert made.name.startswith("hairdensity-20")
    assert (made / "manifest.json").exists()


def test_verify_names_what_is_wrong(data, rows):
    with open_workplace(data) as at:
        at.files.remove(rows.pictures[0])
        at.files.path(rows.pictures[1]).write_bytes(b"other")
        stray = at.files.put(b"nobody's")
    said = clinic("verify", code=1)
    assert f"the file {rows.pictures[0]} is missing" in said
    assert f"the file {rows.pictures[1]} is damaged" in said
    assert f"the file {stray} belongs to no row" in said
    assert "all is as it was written" not in said


def test_strays_are_removed_when_asked_and_only_beside_their_own_rows(data, rows, tmp_path):
    with open_workplace(data) as at:
        stray = at.files.put(b"nobody's")
        assert "is in use" in clinic("verify", "--remove-strays", code=4)
    assert f"{stray} belongs to no row" in clinic("verify")
    assert "was removed" in clinic("verify", "--remove-strays")
    with open_workplace(data) as at:
        assert stray not in at.files.names()
        assert len(at.files.names()) == 8
    with open_workplace(tmp_path / "other") as at:
        at.files.put(b"of another database")
    assert "is this the database of these files?" in clinic(
        "verify", "--remove-strays", "--data", tmp_path / "other", code=1
    )
    with open_workplace(tmp_path / "other") as at:
        assert len(at.files.names()) == 1


def test_a_deletion_names_the_backups_that_still_hold_the_patient(data, rows, tmp_path):
    clinic("backup", tmp_path / "kept")
    assert "there is no patient" in clinic("delete-patient", "P-9", "--yes", code=2)
    clinic("delete-patient", "P-1", said="n\n", code=1)
    said = clinic("delete-patient", "p-1", said="y\n")
    assert "deleted: 2 pictures, 4 readings" in said
    assert f"this backup still holds the patient: {tmp_path / 'kept'}" in said
    assert "all is as it was written" in clinic("verify")
    with open_workplace(data) as at:
        assert at.files.names() == set()


def test_what_is_open_is_left_alone(data, rows):
    with open_workplace(data):
        assert "is in use by another hairdensity" in clinic("add-user", "bo", said=PASSWORD, code=4)


def test_an_upgrade_has_nothing_to_do_where_the_version_is_the_same(rows, tmp_path):
    assert "nothing was done" in clinic("upgrade", "--backup", tmp_path / "copy")
    assert "there is no installation" in clinic("verify", "--data", tmp_path / "nowhere", code=4)
