"""Packages are installed when what is locked changed, by uv, else by pip."""

import pytest

LOCKED = """\
ujson==5.0 \\
    --hash=sha256:aa
uv==1.2.3 \\
    --hash=sha256:bb \\
    --hash=sha256:cc
    # via -r requirements/dev.in
vine==5.1.0 \\
    --hash=sha256:dd
"""


@pytest.fixture
def install(bootstrap):
    return bootstrap("install")


@pytest.fixture
def project(tmp_path):
    (tmp_path / "requirements").mkdir()
    for name in ("base", "dev"):
        (tmp_path / f"requirements/{name}.txt").write_text(LOCKED)
    return tmp_path


class Commands:
    """Stands in for the commands that would download: notes them, and fails those that contain a word."""

    def __init__(self, install, monkeypatch, failing=()):
        self.ran, self.failing = [], failing
        monkeypatch.setattr(install.progress, "run", self.run)
        monkeypatch.setattr(install.checks, "check_machine", lambda project: None)
        monkeypatch.setattr(install, "_works", lambda venv: venv.exists())
        monkeypatch.setattr(install.indexes, "pip_settings", lambda python: {})

    def run(self, title, command, log, environ=None, timeout=0):
        self.ran.append(title)
        if title == "Making .venv":
            (log.parent / ".venv").mkdir()
        return title not in self.failing


def test_the_first_run_installs_and_the_second_does_nothing(install, project, monkeypatch):
    commands = Commands(install, monkeypatch)
    install.ensure_environment(project, project / "setup.log")
    assert commands.ran == ["Making .venv", "Installing uv", "Installing packages"]
    install.ensure_environment(project, project / "setup.log")
    assert len(commands.ran) == 3


@pytest.mark.parametrize("name", ["base", "dev"])
def test_a_changed_lock_installs_again(install, project, monkeypatch, name):
    commands = Commands(install, monkeypatch)
    install.ensure_environment(project, project / "setup.log")
    (project / f"requirements/{name}.txt").write_text(LOCKED.replace("5.1.0", "5.1.1"))
    commands.ran.clear()
    install.ensure_environment(project, project / "setup.log")
    assert commands.ran == ["Installing uv", "Installing packages"]


@pytest.mark.parametrize("broken", ["Installing uv", "Installing packages"])
def test_pip_takes_over_when_uv_does_not_work(install, project, monkeypatch, broken):
    commands = Commands(install, monkeypatch, failing={broken})
    install.ensure_environment(project, project / "setup.log")
    assert commands.ran[-1] == "Installing packages with pip instead"


def test_a_failed_installation_is_tried_again_next_time(install, project, monkeypatch):
    Commands(install, monkeypatch, failing={"Installing packages", "Installing packages with pip instead"})
    with pytest.raises(install.checks.Missing, match="The packages could not be installed"):
        install.ensure_environment(project, project / "setup.log")
    commands = Commands(install, monkeypatch)
    install.ensure_environment(project, project / "setup.log")
    assert "Installing packages" in commands.ran


def test_uv_itself_is_installed_as_locked(install):
    assert (
        install.requirement("uv", LOCKED) == "uv==1.2.3 \\\n    --hash=sha256:bb \\\n    --hash=sha256:cc\n"
    )


def test_a_command_writes_to_the_log_and_reports_its_failure(bootstrap, tmp_path, capsys):
    progress, log = bootstrap("progress"), tmp_path / "log/setup.log"
    assert progress.run("Greeting", ["sh", "-c", "echo hello"], log)
    assert not progress.run("Failing", ["sh", "-c", "echo broken >&2; exit 3"], log)
    assert "hello" in log.read_text()
    assert progress.last_lines(log, 1) == "    broken"
    said = capsys.readouterr().out
    assert "Greeting … done (" in said
    assert "Failing … failed (" in said


def test_a_command_that_hangs_is_ended(bootstrap, tmp_path):
    assert not bootstrap("progress").run("Hanging", ["sleep", "600"], tmp_path / "setup.log", timeout=0)
