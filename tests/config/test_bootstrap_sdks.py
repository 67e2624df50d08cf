"""The tracking libraries for the tests are installed once, or the skipping of their tests is announced."""

import pytest

SKIPPED = (
    "No npm, or no way to its packages: the tests with Segment's JavaScript libraries will be skipped.\n"
)


@pytest.fixture
def sdks(bootstrap):
    return bootstrap("sdks")


@pytest.fixture
def project(tmp_path, sdks):
    (tmp_path / sdks.FOLDER / "node_modules").mkdir(parents=True)
    (tmp_path / sdks.FOLDER / "package-lock.json").write_text("{}")
    return tmp_path


@pytest.fixture
def ran(sdks, monkeypatch):
    commands = []
    monkeypatch.setattr(sdks.shutil, "which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(sdks.progress, "run", lambda title, command, *_: commands.append(command[:2]) or True)
    return commands


def test_they_are_installed_once_per_lock_file(sdks, project, ran):
    sdks.ensure(project, project / "log")
    sdks.ensure(project, project / "log")
    assert ran == [["/usr/bin/npm", "ci"]]
    (project / sdks.FOLDER / "package-lock.json").write_text('{"other": 1}')
    sdks.ensure(project, project / "log")
    assert len(ran) == 2


def test_without_npm_the_skipping_is_announced(sdks, project, ran, monkeypatch, capsys):
    monkeypatch.setattr(sdks.shutil, "which", lambda name: None)
    sdks.ensure(project, project / "log")
    assert ran == []
    assert capsys.readouterr().out == SKIPPED


def test_when_it_fails_it_is_tried_again_next_time(sdks, project, ran, monkeypatch, capsys):
    monkeypatch.setattr(sdks.progress, "run", lambda *_: False)
    sdks.ensure(project, project / "log")
    assert capsys.readouterr().out == SKIPPED
    monkeypatch.setattr(sdks.progress, "run", lambda *_: True)
    sdks.ensure(project, project / "log")
    assert capsys.readouterr().out == ""
