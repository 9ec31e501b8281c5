"""Settings of the test run."""

import os

from hypothesis import settings

from tests.postgres import installation, postgres_server, postgres_template, postgres_url, sqlite_template

__all__ = ["installation", "postgres_server", "postgres_template", "postgres_url", "sqlite_template"]

# Processes of pytest share the cores: threads that wait for one another in a loop would only take them from each other.
# No module that computes is loaded yet.
for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

# The same examples on every machine and in every run, and no time limit that a busy machine could miss.
settings.register_profile("repeatable", derandomize=True, deadline=None, database=None, max_examples=50)
settings.load_profile("repeatable")
