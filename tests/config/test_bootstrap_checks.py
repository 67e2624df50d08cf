"""A machine that lacks something is told so in one sentence."""

import subprocess
import sys
from collections import namedtuple

import pytest

from config.services import PROJECT

SETUP = PROJECT / "config/bootstrap/setup.py"


@pytest.fixture
def checks(bootstrap):
    return bootstrap("checks")


def test_an_old_python_is_told_which_one_is_needed():
    pretend = f"import runpy, sys; sys.version_info = (3, 8, 18); runpy.run_path({str(SETUP)!r}, run_name='__main__')"
    done = subprocess.run([sys.executable, "-c", pretend], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("Attune needs Python 3.11 or newer")
    assert done.stderr.count("\n") == 1


def test_the_entry_file_parses_on_old_pythons():
    source = SETUP.read_text()
    for modern in ("f'", 'f"', "->", ":=", "from __future__", "match "):
        assert modern not in source.replace("# type: () -> int", "")


def test_no_compiler(checks, monkeypatch):
    monkeypatch.delenv("CC", raising=False)
    monkeypatch.setattr(checks.shutil, "which", lambda name: None)
    with pytest.raises(checks.Missing, match="No C compiler found"):
        checks.check_compiler()


def test_a_compiler_named_by_cc_counts(checks, monkeypatch):
    monkeypatch.setenv("CC", "mycc -O2")
    monkeypatch.setattr(checks.shutil, "which", lambda name: "/opt/mycc" if name == "mycc" else None)
    checks.check_compiler()


def test_no_header_files(checks, monkeypatch, tmp_path):
    monkeypatch.setattr(checks.shutil, "which", lambda name: "/usr/bin/cc")
    monkeypatch.setattr(checks.sysconfig, "get_path", lambda name: str(tmp_path))
    with pytest.raises(checks.Missing, match="header files are missing"):
        checks.check_compiler()


def test_no_venv_module(checks, monkeypatch):
    monkeypatch.setattr(checks.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(checks.Missing, match="python3-venv"):
        checks.check_venv_module()


def test_not_enough_disk(checks, monkeypatch, tmp_path):
    usage = namedtuple("usage", "total used free")(10**12, 10**12, 10**9)
    monkeypatch.setattr(checks.shutil, "disk_usage", lambda folder: usage)
    with pytest.raises(checks.Missing, match=r"has 1.0 GB free and the installation needs 4 GB"):
        checks.check_disk(tmp_path)
