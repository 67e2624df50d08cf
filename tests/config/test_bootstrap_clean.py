"""`make clean` removes what can be made again, and nothing while Attune runs here."""

import fcntl

import pytest


@pytest.fixture
def clean(bootstrap, tmp_path, monkeypatch):
    clean = bootstrap("clean")
    monkeypatch.setattr(clean, "PROJECT", tmp_path)
    for folder in ("var/postgres", ".mypy_cache", "config/__pycache__", ".venv/lib/__pycache__"):
        (tmp_path / folder).mkdir(parents=True)
    return clean


def test_var_and_caches_go_and_the_environment_stays(clean, tmp_path):
    assert clean.main() == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == [".venv", "config"]
    assert not (tmp_path / "config/__pycache__").exists()
    assert (tmp_path / ".venv/lib/__pycache__").exists()


def test_it_refuses_while_a_supervisor_runs(clean, tmp_path, capsys):
    with (tmp_path / "var/supervisor.lock").open("w+") as lock:
        lock.write("4711\n")
        lock.flush()
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert clean.main() == 1
    assert "process 4711" in capsys.readouterr().err
    assert (tmp_path / "var/postgres").exists()
