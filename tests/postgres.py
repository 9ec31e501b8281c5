"""A real PostgreSQL for the tests: Debian's programs, a socket in a folder of its own and no port on the network."""

import os
import pwd
import shutil
import subprocess
import tempfile
from pathlib import Path
from uuid import uuid4

import pytest

from hairdensity.clinic.opening import open_workplace

__all__ = ["installation", "postgres_server", "postgres_url"]

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


class _Account:
    """Who runs the server: it refuses to run as root."""

    def __init__(self):
        self.name, self.prefix = pwd.getpwuid(os.getuid()).pw_name, []
        if os.getuid() == 0:
            names = {entry.pw_name for entry in pwd.getpwall()}
            self.name = "postgres" if "postgres" in names else "nobody"
            entry = pwd.getpwnam(self.name)
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
    """The folder of the socket and the user of a server that runs as long as the tests."""
    programs = _programs()
    if programs is None:
        pytest.skip("PostgreSQL is not installed (Debian: apt install postgresql)")
    account = _Account()
    # The path of a socket has room for 100 characters, and the account must reach it: not below tmp_path.
    folder = Path(tempfile.mkdtemp(prefix="hd-pg-"))
    account.own(folder)
    data = folder / "data"
    try:
        account.run(
            programs / "initdb", "-D", data, "-U", "tests", "-A", "trust", "--no-sync", "-E", "UTF8", "--locale=C"
        )
        settings = SETTINGS | {"unix_socket_directories": str(folder)}
        options = " ".join(f"-c {name}='{value}'" for name, value in settings.items())
        account.run(programs / "pg_ctl", "-D", data, "-l", folder / "log", "-w", "-o", options, "start")
        yield folder, account.name
        account.run(programs / "pg_ctl", "-D", data, "-m", "immediate", "-w", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def postgres_url(postgres_server):
    """The address of a new, empty database."""
    psycopg = pytest.importorskip("psycopg", reason="the driver is not installed (pip install 'hairdensity[postgres]')")
    folder, _ = postgres_server
    name = f"clinic_{uuid4().hex}"
    administrator = f"postgresql://tests@/postgres?host={folder}"
    with psycopg.connect(administrator, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    yield f"postgresql://tests@/{name}?host={folder}"
    with psycopg.connect(administrator, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(params=["sqlite", "postgresql"])
def installation(request, tmp_path):
    """An opened installation, on either database."""
    url = request.getfixturevalue("postgres_url") if request.param == "postgresql" else None
    with open_workplace(tmp_path / "installation", database_url=url) as at:
        yield at
