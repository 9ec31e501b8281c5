"""Deletion on request: nothing of the patient stays, nothing of others goes."""

import pytest
from sqlalchemy import text

from hairdensity.clinic.access import Person, Role
from hairdensity.clinic.deleting import delete_patient
from hairdensity.errors import BusyError, NotAllowedError, NotFoundError
from hairdensity.store.audit_checking import verify_audit
from hairdensity.store.audit_stamp import Stamp
from hairdensity.store.checking import check_files
from hairdensity.store.rows import tables_of, write_rows
from tests.clinic_rows import fill

OWN = {"patients", "sites", "visits", "captures", "readings", "comparisons", "jobs", "treatments"}


def counts(at):
    with at.database.session(writes=False) as db:
        found = {table.name: write_rows(db.connection(), table).n_rows for table in tables_of(db.connection())}
    return {name: n_rows for name, n_rows in found.items() if name in OWN}


def delete(at, rows, who=None):
    with at.database.session() as db:
        return delete_patient(at, db, who or rows.admin, rows.patient_id)


def test_a_deleted_patient_leaves_no_row_and_no_file(installation):
    rows = fill(installation)
    for name in ("views/" + rows.pictures[0], "aligned/" + rows.comparison_id, "analyses"):
        (installation.cache / name).mkdir(parents=True)
    deleted = delete(installation, rows)
    assert (deleted.n_captures, deleted.n_readings) == (2, 4)
    assert set(counts(installation)) == OWN
    assert set(counts(installation).values()) == {0}
    assert installation.files.names() == set()
    assert list(installation.cache.glob("*/*")) == []
    assert verify_audit(installation.database, Stamp(installation.folder)) == []


def test_the_audit_keeps_ids_and_no_code(installation):
    rows = fill(installation, code="SECRET-7")
    delete(installation, rows)
    with installation.database.session(writes=False) as db:
        entries = [tuple(map(str, row)) for row in db.execute(text("SELECT * FROM audit"))]
    assert "patient deleted" in entries[-1]
    assert rows.patient_id in entries[-1]
    assert not any("SECRET-7" in value for entry in entries for value in entry)


def test_a_picture_that_another_patient_has_too_stays(installation):
    first, second = fill(installation, code="P-1"), fill(installation, code="P-2")
    assert first.pictures == second.pictures
    delete(installation, first)
    assert installation.files.names() >= set(second.pictures) | set(second.results)
    assert not installation.files.names() & set(first.results)
    found = check_files(installation.database, installation.files)
    assert (found.missing, found.damaged, found.unnamed) == ([], [], [])


def test_nothing_goes_when_the_transaction_fails(installation):
    rows = fill(installation)
    before = counts(installation)
    with pytest.raises(ZeroDivisionError), installation.database.session() as db:
        delete_patient(installation, db, rows.admin, rows.patient_id)
        raise ZeroDivisionError
    assert counts(installation) == before
    assert installation.files.names() == set(rows.pictures) | set(rows.results) | named(installation)


def named(at):
    with at.database.session(writes=False) as db:
        return set(db.execute(text("SELECT result_sha256 FROM readings")).scalars())


def test_only_an_admin_of_the_clinic_deletes(installation):
    rows, others = fill(installation), fill(installation, clinic="Other", code="P-9", picture=b"other")
    clinician = Person(user_id="u", clinic_id=rows.admin.clinic_id, name="c", role=Role.CLINICIAN)
    with pytest.raises(NotAllowedError):
        delete(installation, rows, clinician)
    with pytest.raises(NotFoundError):
        delete(installation, rows, others.admin)
    assert counts(installation)["patients"] == 2


def test_an_upload_learns_that_its_bytes_were_deleted_meanwhile(installation):
    rows = fill(installation)
    sha256 = rows.pictures[0]
    delete(installation, rows)
    with pytest.raises(BusyError, match="send it once more"):
        installation.files.require(sha256)
    assert installation.files.put(b"picture\x00") == sha256
    installation.files.require(sha256)
