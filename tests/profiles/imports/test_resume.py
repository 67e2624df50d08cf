"""However often an import is cut off, pushed again or run twice, each line counts once and none is left out."""

import pytest

from profiles.imports import run as running
from profiles.imports.models import Import
from profiles.imports.services import pause, resume, start

from .conftest import finish


@pytest.fixture(autouse=True)
def small_portions(monkeypatch):
    monkeypatch.setattr(running, "PORTION", 7)


def lines(count, first=0):
    return "user_id,event,time,product_id\n" + "".join(
        f"u{n % 5},Product Viewed,2025-01-{n % 28 + 1:02}T10:00:{n % 60:02}Z,p{n}\n"
        for n in range(first, first + count)
    )


class Killed(BaseException):
    pass


def test_a_killed_worker_leaves_whole_portions_and_the_next_one_goes_on(upload, scope, monkeypatch, stored):
    found = upload(lines(50))
    start(scope, found, actor="user:1")
    real, calls = running._take_portion, []

    def dies_in_between(scope, row, portion):
        real(scope, row, portion)
        calls.append(len(portion))
        if len(calls) in (2, 3, 5):
            raise Killed

    monkeypatch.setattr(running, "_take_portion", dies_in_between)
    for _ in range(3):
        with pytest.raises(Killed):
            running.run_turn(scope, 5)
    done = finish(scope, found)
    assert (done.status, done.taken, done.duplicates, done.lines) == ("done", 50, 0, 51)
    assert sorted(e["properties"]["product_id"] for e in stored()) == sorted(f"p{n}" for n in range(50))


def test_the_same_file_again_counts_nothing_again(upload, run):
    run(upload(lines(20)))
    again = run(upload(lines(20)))
    assert (again.taken, again.duplicates) == (0, 20)


def test_exports_that_overlap_count_their_common_lines_once(upload, run):
    run(upload(lines(20)))
    later = run(upload(lines(20, first=15)))
    assert (later.taken, later.duplicates) == (15, 5)


def test_paused_it_stands_still_and_resumed_it_goes_on(upload, scope, monkeypatch):
    found = upload(lines(50))
    start(scope, found, actor="user:1")
    real = running._take_portion

    def then_paused(scope, row, portion):
        real(scope, row, portion)
        monkeypatch.setattr(running, "_take_portion", real)
        monkeypatch.setattr(running, "_crowded", lambda schema: True)

    monkeypatch.setattr(running, "_take_portion", then_paused)
    assert running.run_turn(scope, 5) == "wait"
    pause(scope, found, actor="user:1")
    assert running.run_turn(scope, 5) == "nothing"
    found.refresh_from_db()
    assert (found.status, found.taken) == ("paused", 7)
    monkeypatch.setattr(running, "_crowded", lambda schema: False)
    resume(scope, found, actor="user:1")
    assert finish(scope, found).taken == 50


def test_live_events_go_first(upload, scope, monkeypatch):
    monkeypatch.setattr(running, "MOST_WAITING", 20)
    found = upload(lines(50))
    start(scope, found, actor="user:1")
    assert running.run_turn(scope, 5) == "wait"
    found.refresh_from_db()
    assert found.taken == 21
    assert Import.objects.get(pk=found.pk).status == "running"
