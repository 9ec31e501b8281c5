"""An installation with two clinics and their people, and browsers that have signed in."""

import hashlib
from dataclasses import dataclass
from datetime import timedelta

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import event

from hairdensity.clinic.access import Person, Role
from hairdensity.clinic.workplace import Workplace
from hairdensity.store.database import open_database
from hairdensity.store.files import FileStore
from hairdensity.store.models import Base, Clinic, SignIn, User, utc_now
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


@pytest.fixture
def place(tmp_path):
    database = open_database(f"sqlite:///{tmp_path / 'clinic.sqlite'}")
    # Nothing is lost here when the power fails, and waiting for the disk takes half of the tests' time.
    event.listen(database.engine, "connect", lambda connection, _: connection.execute("PRAGMA synchronous=OFF"))
    Base.metadata.create_all(database.engine)
    workplace = Workplace(folder=tmp_path, database=database, files=FileStore(tmp_path / "files"))
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
    yield Place(workplace, people)
    database.close()


@pytest.fixture
def app(place):
    return create_app(place.workplace, WebSettings(hosts=("testserver",)))


@pytest.fixture
def browser(place, app):
    """A function that gives a browser in which somebody has signed in."""

    def sign_in(name="clinician"):
        token = f"token of {name}"
        digest = hashlib.sha256(token.encode()).hexdigest()
        with place.database.session() as db:
            if not db.query(SignIn).filter_by(token_sha256=digest).count():
                user_id = place.people[name].user_id
                until = utc_now() + timedelta(hours=1)
                db.add(SignIn(token_sha256=digest, csrf_token=CSRF, user_id=user_id, expires_at=until))
        return TestClient(app, cookies={SESSION_COOKIE: token}, headers={"X-CSRF-Token": CSRF}, follow_redirects=False)

    return sign_in
