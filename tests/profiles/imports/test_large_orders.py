"""An order of any length is one event, or is refused as a whole: a part of it would count for the whole."""

from __future__ import annotations

import pytest

from profiles.imports import orders
from profiles.models import DeadLetter, Interaction

HEAD = "customer_id,order_id,date,sku,quantity,price\n"


def order(number, lines, who="u1"):
    return "".join(f"{who},{number},2025-03-01,p{n},2,1.5\n" for n in range(lines))


def test_an_order_of_many_lines_counts_once(upload, run, stored, process):
    done = run(upload(HEAD + order("A", 1_500) + order("B", 2), kind="orders"))
    assert (done.status, done.taken, done.rejected, done.lines) == ("done", 2, 0, 1_503)
    assert sorted(len(event["properties"]["products"]) for event in stored()) == [2, 1_500]
    process()
    assert Interaction.objects.filter(kind=Interaction.Kind.PURCHASE).count() == 1_502
    assert Interaction.objects.values("order_key").distinct().count() == 2


def test_one_that_is_too_long_is_refused_whole(upload, run, stored, monkeypatch):
    monkeypatch.setattr(orders, "MOST_LINES", 10)
    done = run(upload(HEAD + order("A", 25) + order("B", 10), kind="orders"))
    assert (done.taken, done.rejected, done.lines) == (1, 1, 36)
    assert [len(event["properties"]["products"]) for event in stored()] == [10]
    problem = done.problems.get()
    assert (problem.line, problem.reason) == (2, "order_too_long")
    assert DeadLetter.objects.get().source == "import"


@pytest.mark.parametrize("portion", [1, 400_000])
def test_a_portion_has_a_size_too(upload, run, monkeypatch, portion):
    monkeypatch.setattr("profiles.imports.run.PORTION_BYTES", portion)
    body = HEAD + "".join(order(f"A{n}", 40, who=f"u{n}") for n in range(30))
    done = run(upload(body, kind="orders"))
    assert (done.taken, done.duplicates, done.rejected, done.lines) == (30, 0, 0, 1_201)
