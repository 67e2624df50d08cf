from __future__ import annotations

import json

from bench.outcome import Figure, judged
from bench.results import merge, table


def row(name: str, value: float) -> dict:
    return judged(Figure(name, value, "s", protocol=""), {}, {})


def test_a_partial_run_keeps_the_other_results_and_their_order(tmp_path):
    path = tmp_path / "results.json"
    merge(path, [row("b", 1), row("a", 2)], order=["a", "b", "c"])
    merge(path, [row("b", 3), row("c", 4)], order=["a", "b", "c"])
    found = json.loads(path.read_text())
    assert [(r["name"], r["value"]) for r in found] == [("a", 2), ("b", 3), ("c", 4)]


def test_what_could_not_be_measured_has_no_result_any_more(tmp_path):
    path = tmp_path / "results.json"
    merge(path, [row("a", 1), row("b", 1)], order=["a", "b"])
    merge(path, [], order=["a", "b"], without={"a"})
    assert [r["name"] for r in json.loads(path.read_text())] == ["b"]


def test_the_table_marks_misses():
    missed = {**row("a", 1), "holds": False}
    assert table([missed]).splitlines()[1].startswith("✗")
