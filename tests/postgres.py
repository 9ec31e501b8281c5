"""A real PostgreSQL for the tests: Debian's programs, a socket in a folder of its own and no port on the network."""

import os
import pwd
import shutil
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import pytest

from hairdensity.clinic.opening import open_workplace

__all__ = ["installation", "postgres_server", "postgres_template", "postgres_url", "sqlite_template"]

SETTINGS = {
    "listen_addresses": "",
    "unix_socket_directories": None,
    # Nothing has to survive a power cut here; each commit is ten times faster.
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "60",
    "shared_buffers": "16MB",
}


def _programs():
    """The folder of the newest installed server's programs; None where there is none."""
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if versions:
        return versions[-1].parent
    found = shutil.which("initdb")
    return Path(found).resolve().parent if found else None


def _in_memory():
    """A folder in memory where there is room for it: a busy disk makes each new database take seconds."""
    memory = Path("/dev/shm")  # noqa: S108 -- the folder made in it is its maker's alone
    return memory if memory.is_dir() and shutil.disk_usage(memory).free > 1e9 else None


class _Account:
    """Who runs the server: it refuses to run as root."""

    def __init__(self):
        self.prefix = []
        if os.getuid() == 0:
            names = {entry.pw_name for entry in pwd.getpwall()}
            entry = pwd.getpwnam("postgres" if "postgres" in names else "nobody")
            self.ids = (entry.pw_uid, entry.pw_gid)
            self.prefix = [
                shutil.which("setpriv") or "setpriv",
                f"--reuid={entry.pw_uid}",
                f"--regid={entry.pw_gid}",
                "--clear-groups",
            ]

    def own(self, folder):
        if self.prefix:
            os.chown(folder, *self.ids)

    def run(self, *command):
        done = subprocess.run(  # noqa: S603 -- programs of PostgreSQL
            [*self.prefix, *map(str, command)], cwd="/", capture_output=True, text=True, timeout=60, check=False
        )
        if done.returncode:
            raise RuntimeError(f"{Path(command[0]).name}: {done.stderr or done.stdout}")


@pytest.fixture(scope="session")
def postgres_server():
    """The folder of the socket of a server that runs as long as the tests."""
    programs = _programs()
    if programs is None:
        pytest.skip("PostgreSQL is not installed (Debian: apt install postgresql)")
    account = _Account()
    # The path of a socket has room for 100 characters, and the account must reach it: not below tmp_path.
    folder = Path(tempfile.mkdtemp(prefix="hd-pg-", dir=_in_memory()))
    account.own(folder)
    data = folder / "data"
    try:
        account.run(
            programs / "initdb", "-D", data, "-U", "tests", "-A", "trust", "--no-sync", "-E", "UTF8", "--locale=C"
        )
        settings = SETTINGS | {"unix_socket_directories": str(folder)}
        options = " ".join(f"-c {name}='{value}'" for name, value in settings.items())
        account.run(programs / "pg_ctl", "-D", data, "-l", folder / "log", "-w", "-o", options, "start")
        yield folder
        account.run(programs / "pg_ctl", "-D", data, "-m", "immediate", "-w", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def postgres_url(postgres_server):
    """The address of a new, empty database."""
    with _database(postgres_server) as url:
        yield url


@pytest.fixture(scope="session")
def postgres_template(postgres_server, tmp_path_factory):
    """The name of a database with all tables, to be copied: that is quicker than to make them."""
    with _database(postgres_server) as url:
        open_workplace(tmp_path_factory.mktemp("template"), database_url=url).close()
        yield url.removeprefix("postgresql://tests@/").partition("?")[0]


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory):
    """A database file with all tables."""
    folder = tmp_path_factory.mktemp("template")
    open_workplace(folder).close()
    return folder / "clinic.sqlite"


@pytest.fixture(params=["sqlite", "postgresql"])
def installation(request, tmp_path):
    """An opened installation, on either database."""
    folder = tmp_path / "installation"
    if request.param == "sqlite":
        folder.mkdir(mode=0o700)
        shutil.copy(request.getfixturevalue("sqlite_template"), folder)
        with open_workplace(folder) as at:
            yield at
    else:
        template = request.getfixturevalue("postgres_template")
        server = request.getfixturevalue("postgres_server")
        with _database(server, template) as url, open_workplace(folder, database_url=url) as at:
            yield at


@contextmanager
def _database(folder, template="template1"):
    """The address of a new database on the server, which goes at the end."""
    psycopg = pytest.importorskip("psycopg", reason="the driver is not installed (pip install 'hairdensity[postgres]')")
    name = f"clinic_{uuid4().hex}"
    administrator = f"postgresql://tests@/postgres?host={folder}"
    with psycopg.connect(administrator, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
    yield f"postgresql://tests@/{name}?host={folder}"
    with psycopg.connect(administrator, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
