"""A browser is found, installed where that is possible, or its tests are announced as skipped."""

import pytest


@pytest.fixture
def browser(bootstrap):
    return bootstrap("browser")


@pytest.fixture
def machine(browser, monkeypatch):
    """A machine with the given programs; `apt-get install` adds chromium."""

    def make(*programs, root=True, works=True):
        there, ran = set(programs), []

        def run(title, command, log, environ=None, timeout=0):
            ran.append(command[1])
            if works and command[1] == "install":
                there.add("chromium")
            return works

        monkeypatch.setattr(
            browser.shutil, "which", lambda name: f"/usr/bin/{name}" if name in there else None
        )
        monkeypatch.setattr(browser.os, "geteuid", lambda: 0 if root else 1000)
        monkeypatch.setattr(browser.progress, "run", run)
        return ran

    return make


def test_one_that_is_there_is_used(browser, machine, tmp_path, capsys):
    ran = machine("google-chrome", "apt-get")
    browser.ensure(tmp_path / "log")
    assert ran == []
    assert capsys.readouterr().out == ""


def test_root_installs_one(browser, machine, tmp_path, capsys):
    ran = machine("apt-get")
    browser.ensure(tmp_path / "log")
    assert ran == ["update", "install"]
    assert browser.find() == "/usr/bin/chromium"
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("programs", "options"), [([], {}), (["apt-get"], {"root": False}), (["apt-get"], {"works": False})]
)
def test_without_one_the_skipping_is_announced(browser, machine, tmp_path, capsys, programs, options):
    machine(*programs, **options)
    browser.ensure(tmp_path / "log")
    assert capsys.readouterr().out == "No Chromium or Chrome found: the browser tests will be skipped.\n"
