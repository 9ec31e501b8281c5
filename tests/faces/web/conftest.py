"""An installation with two clinics and their people, and browsers that have signed in."""

import hashlib
import shutil
from dataclasses import dataclass
from datetime import timedelta

import pytest
from anyio.from_thread import start_blocking_portal
from fastapi.testclient import TestClient
from sqlalchemy import event

from hairdensity.clinic.access import Person, Role
from hairdensity.clinic.workplace import Workplace
from hairdensity.store.database import open_database, sqlite_url
from hairdensity.store.files import FileStore
from hairdensity.store.models import Clinic, SignIn, User, utc_now
from hairdensity.web.app import create_app
from hairdensity.web.requests import SESSION_COOKIE
from hairdensity.web.settings import WebSettings
from tests.browser import chromium, clinic_server

__all__ = ["chromium", "clinic_server"]

CSRF = "csrf-of-the-tests"


@dataclass(frozen=True)
class Place:
    """What the tests work with."""

    workplace: Workplace
    people: dict[str, Person]
    """reader, clinician and admin of one clinic; stranger, the admin of another."""

    @property
    def database(self):
        return self.workplace.database


@pytest.fixture(scope="session")
def furnished(sqlite_template, tmp_path_factory):
    """The file of a database with both clinics, to be copied: that is quicker than to make it; and the people."""
    path = tmp_path_factory.mktemp("furnished") / "clinic.sqlite"
    shutil.copy(sqlite_template, path)
    database = open_database(sqlite_url(path))
    with database.session() as db:
        ours, other = Clinic(name="Ours"), Clinic(name="Other")
        db.add_all([ours, other])
        db.flush()
        people = {}
        for name, clinic, role in (
            ("reader", ours, Role.READER),
            ("clinician", ours, Role.CLINICIAN),
            ("admin", ours, Role.ADMIN),
            ("stranger", other, Role.ADMIN),
        ):
            user = User(clinic_id=clinic.id, name=name, role=role.value, password_hash="!")  # noqa: S106 -- no password has this hash
            db.add(user)
            db.flush()
            people[name] = Person(user_id=user.id, clinic_id=clinic.id, name=name, role=role)
    database.close()
    return path, people


@pytest.fixture
def place(furnished, tmp_path):
    template, people = furnished
    shutil.copy(template, tmp_path)
    database = open_database(sqlite_url(tmp_path / template.name))
    # Nothing is lost here when the power fails, and waiting for the disk takes half of the tests' time.
    event.listen(database.engine, "connect", lambda connection, _: connection.execute("PRAGMA synchronous=OFF"))
    yield Place(Workplace(folder=tmp_path, database=database, files=FileStore(tmp_path / "files")), dict(people))
    database.close()


@pytest.fixture(scope="session")
def portal():
    """One event loop for all requests, as a server has it: to start one takes longer than most requests do."""
    with start_blocking_portal() as portal:
        yield portal


@pytest.fixture
def app(place):
    return create_app(place.workplace, WebSettings(hosts=("testserver",)))


@pytest.fixture
def browser(place, app, portal):
    """A function that gives a browser in which somebody has signed in."""

    def sign_in(name="clinician"):
        token = f"token of {name}"
        digest = hashlib.sha256(token.encode()).hexdigest()
        with place.database.session() as db:
            if not db.query(SignIn).filter_by(token_sha256=digest).count():
                user_id = place.people[name].user_id
                until = utc_now() + timedelta(hours=1)
                db.add(SignIn(token_sha256=digest, csrf_token=CSRF, user_id=user_id, expires_at=until))
        client = TestClient(
            app, cookies={SESSION_COOKIE: token}, headers={"X-CSRF-Token": CSRF}, follow_redirects=False
        )
        client.portal = portal
        return client

    return sign_in
