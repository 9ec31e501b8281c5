"""The API as it is described: the commands of docs/api.md run word for word, and schemathesis asks every operation."""

import re
import shutil
import subprocess
import threading
import time
from contextlib import contextmanager
from pathlib import Path

import pytest
import uvicorn

from benchmarks.web.api_fuzz import ask_everything, picture, reached, seeded

DOCS = Path(__file__).parents[3] / "docs" / "api.md"
SETTINGS = "HAIRDENSITY=http://localhost:8765\nTOKEN=hd_...\n"
"""What a reader fills in."""

LATE_S = 240
N_EXAMPLES = 1
N_SPARE = 2
METHODS = ("get", "post", "put", "patch", "delete")


@pytest.fixture(scope="module")
def clinic(tmp_path_factory):
    with seeded(tmp_path_factory.mktemp("api"), n_spare=N_SPARE) as made:
        yield made


@contextmanager
def listening(app):
    """The address of an application whose queue works already."""
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="warning", lifespan="off"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    yield f"http://localhost:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join()


@pytest.mark.skipif(not (shutil.which("curl") and shutil.which("bash")), reason="curl or bash is not installed")
def test_the_commands_of_the_documentation_run_word_for_word(clinic, tmp_path):
    blocks = re.findall(r"```sh\n(.*?)```", DOCS.read_text(encoding="utf-8"), re.DOTALL)
    assert blocks[0] == SETTINGS
    for name, sample in (("baseline", "visit_baseline"), ("follow_up", "visit_follow_up")):
        (tmp_path / f"{name}.jpg").write_bytes(picture(sample))
    with listening(clinic.app) as url:
        script = "\n".join(["set -euo pipefail", f"HAIRDENSITY={url}", f"TOKEN={clinic.token}", *blocks[1:]])
        done = subprocess.run(  # noqa: S603 -- the commands of our own documentation
            [shutil.which("bash"), "-c", script],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=LATE_S,
            check=False,
        )
    assert done.returncode == 0, done.stdout[-1000:] + done.stderr[-1000:]
    for name in ("clinical.pdf", "patient.pdf"):
        assert (tmp_path / name).read_bytes().startswith(b"%PDF")
    assert (tmp_path / "captures.csv").read_text(encoding="utf-8").count("P-0417") == 3
    assert (tmp_path / "fhir.json").read_text(encoding="utf-8").count("Observation") > 1


def test_the_documentation_names_every_operation(clinic):
    (listed,) = re.findall(r"```text\n(.*?)```", DOCS.read_text(encoding="utf-8"), re.DOTALL)
    told = {line.rpartition(" ")[2]: set(line.split()[:-1]) for line in listed.splitlines()}
    paths = clinic.app.openapi()["paths"]
    there = {path.removeprefix("/api/v1"): {name.upper() for name in METHODS if name in paths[path]} for path in paths}
    assert told == there


def test_schemathesis_finds_no_fault(clinic):
    found = ask_everything(clinic, n_examples=N_EXAMPLES, is_thorough=False)
    assert found.failures == {}
    succeeded, asked = reached(found)
    assert succeeded >= 0.75 * asked
