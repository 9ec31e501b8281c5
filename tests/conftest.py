"""Settings of the test run."""

from hypothesis import settings

from tests.postgres import installation, postgres_server, postgres_template, postgres_url, sqlite_template

__all__ = ["installation", "postgres_server", "postgres_template", "postgres_url", "sqlite_template"]

# The same examples on every machine and in every run, and no time limit that a busy machine could miss.
settings.register_profile("repeatable", derandomize=True, deadline=None, database=None, max_examples=50)
settings.load_profile("repeatable")
