"""The committed canvas is the one that its sources make."""

from __future__ import annotations

from journeys import canvas_build


def test_the_built_files_are_those_of_the_sources():
    assert canvas_build.NOTE.read_text() == canvas_build.digest(), "run make canvas"


def test_the_lock_file_names_no_registry():
    assert "resolved" not in (canvas_build.SOURCES / "package-lock.json").read_text()


def test_a_strict_content_policy_can_serve_it():
    built = (canvas_build.BUILT / "canvas.js").read_text()
    assert "eval(" not in built
    assert "new Function" not in built


def test_a_changed_source_is_noticed(monkeypatch, tmp_path):
    import shutil

    copy = tmp_path / "canvas"
    shutil.copytree(canvas_build.SOURCES, copy, ignore=shutil.ignore_patterns("node_modules"))
    monkeypatch.setattr(canvas_build, "SOURCES", copy)
    assert canvas_build.NOTE.read_text() == canvas_build.digest()
    (copy / "src" / "words.ts").write_text("changed")
    assert canvas_build.NOTE.read_text() != canvas_build.digest()
