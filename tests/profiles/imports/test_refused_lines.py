"""A bad line stops nobody: it is told by number, and kept as a dead letter that can be mended."""

import orjson

from profiles.dead_letters import read_letter, replay
from profiles.imports import run as running
from profiles.models import DeadLetter, ImportProblem

BAD = """user_id,event,time,product_id,price
u1,Product Viewed,2025-01-01,m1,1
u2,Product Viewed,31.02.x,m1,1
,Product Viewed,2025-01-02,m1,1
u3,Product Viewed,2025-01-02,m1,cheap
u4,Product Viewed,2025-01-02
u5,Product Viewed,2025-01-03,m2,2
"""


def test_each_is_told_with_its_line(upload, run):
    done = run(upload(BAD))
    assert (done.taken, done.rejected) == (2, 4)
    told = dict(ImportProblem.objects.values_list("line", "detail"))
    assert told[3].startswith("The time can't be read")
    assert told[4] == "The line has neither a user id nor an anonymous id."
    assert told[5].startswith("The price is no number")
    assert told[6] == "The line has 3 columns, the head of the file 5."


def test_nothing_of_the_person_is_in_the_list(upload, run):
    run(upload("user_id,event,time\nanna@shop.example,Visited,anna@shop.example\n"))
    assert "anna" not in str(list(ImportProblem.objects.values()))


def test_a_letter_is_mended_and_replayed(upload, run, scope, stored):
    run(upload(BAD))
    letter = next(d for d in DeadLetter.objects.all() if b"cheap" in read_letter(scope, d))
    event = orjson.loads(read_letter(scope, letter))
    assert (event["userId"], event["timestamp"]) == ("u3", "2025-01-02")
    event["properties"]["price"] = 3
    replay(scope, letter, actor="user:1", mended=orjson.dumps(event))
    assert stored()[-1]["properties"]["price"] == 3


def test_too_many_pause_it_until_somebody_looked(upload, run, monkeypatch):
    monkeypatch.setattr(running, "MOST_PROBLEMS", 10)
    monkeypatch.setattr(running, "PORTION", 5)
    rows = "".join(f"u{n},Visited,never\n" for n in range(40))
    done = run(upload("user_id,event,time\n" + rows))
    assert (done.status, done.rejected) == ("paused", 10)
    assert "10 lines could not be taken" in done.error
