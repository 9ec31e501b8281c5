"""Optional libraries: what is missing is said by the name that installs it, before any work."""

import sys

import pytest

from hairdensity.errors import MissingDependencyError
from hairdensity.extras import require, require_pyarrow


def test_what_is_there_is_not_asked_for():
    require("numpy", "pandas", doing="a test")


def test_all_that_is_missing_is_named_with_the_command_that_installs_it(monkeypatch):
    for name in ("fpdf", "matplotlib"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(MissingDependencyError) as caught:
        require("numpy", "fpdf", "matplotlib", doing="the PDF of a report")
    assert str(caught.value) == "the PDF of a report needs fpdf2 and matplotlib: pip install 'hairdensity[study]'"


def test_the_extra_of_a_cluster_is_its_own(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(MissingDependencyError, match=r"hairdensity\[cluster\]"):
        require("distributed", doing="--scheduler", extra="cluster")


def test_parquet_needs_pyarrow(monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(MissingDependencyError, match="Parquet needs pyarrow"):
        require_pyarrow()
