"""The terminal shows what needs a human, and not twice a second."""

import pytest

from config.supervisor import messages
from config.supervisor.messages import LogTail


@pytest.mark.parametrize(
    "line",
    [
        "[2026-01-01 10:00:00,000: ERROR/MainProcess] Task failed",
        "2026-01-01 10:00:00.000 UTC [7] FATAL:  could not write to file",
        '{"event": "slow", "level": "warning"}',
        "ValueError: no such item",
        "django.db.utils.OperationalError: connection refused",
        "42:M 23 Nov 2026 05:10:41.652 # Out Of Memory allocating 4 bytes",
    ],
)
def test_alarming_lines_are_shown(tmp_path, capsys, line):
    log = tmp_path / "web.log"
    tail = LogTail("web", log)
    log.write_text(f"[INFO] Started\n{line}\n")
    tail.show_new()
    assert capsys.readouterr().out == f"web      | {line}\n"


def test_lines_of_an_earlier_run_are_not_shown(tmp_path, capsys):
    log = tmp_path / "web.log"
    log.write_text("ERROR from yesterday\n")
    LogTail("web", log).show_new()
    assert capsys.readouterr().out == ""


def test_half_a_line_waits_for_its_end(tmp_path, capsys):
    log = tmp_path / "web.log"
    tail = LogTail("web", log)
    log.write_text("ERROR one")
    tail.show_new()
    assert capsys.readouterr().out == ""
    log.write_text("ERROR one whole\n")
    tail.show_new()
    assert capsys.readouterr().out == "web      | ERROR one whole\n"


def test_a_flood_is_cut_and_names_the_log(tmp_path, capsys):
    log = tmp_path / "web.log"
    tail = LogTail("web", log)
    log.write_text("ERROR again\n" * 100)
    tail.show_new()
    assert capsys.readouterr().out.splitlines() == ["web      | ERROR again"] * 5 + [
        f"web      | … more in {log}"
    ]


def test_a_log_that_grew_large_is_set_aside(tmp_path, monkeypatch):
    monkeypatch.setattr(messages, "_ROTATE_AT_BYTES", 100)
    log = tmp_path / "web.log"
    tail = LogTail("web", log)
    with log.open("a") as child:
        child.write("x" * 200 + "\n")
        child.flush()
        tail.show_new()
        child.write("after\n")
    assert log.read_text() == "after\n"
    assert (tmp_path / "web.log.1").read_text() == "x" * 200 + "\n"
