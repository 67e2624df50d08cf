"""What stands in the way of publishing is said in a sentence, at the step where it is."""

import pytest

from journeys.facts import Facts
from journeys.graph import validate

from .conftest import TRIGGER, graph

FACTS = Facts(
    segments={"loyal": "Loyal"},
    templates={
        "good": ("Good", "email", ()),
        "bad": ("Bad", "email", ("HTML: Line 2: there is no tag “iff”.",)),
    },
    experiments={"exp": ("Exp", (("a", "A"), ("b", "B")))},
    features=(("orders_30d", "Orders"),),
)


def messages(raw) -> list[str]:
    return [problem.message for problem in validate(raw, FACTS)]


def only(raw) -> str:
    [message] = messages(raw)
    return message


def test_a_good_journey_has_no_problems():
    assert messages(graph(TRIGGER, ("delay", {"seconds": 60}), ("send", {"template": "good"}))) == []


def test_dangling_edge():
    raw = graph(TRIGGER, ("delay", {"seconds": 60}))
    raw["edges"].pop()
    raw["nodes"].pop()
    [problem] = validate(raw, FACTS)
    assert (problem.node, problem.field) == ("n1", "next")
    assert problem.message == "“Then” leads nowhere. Connect it, if need be to an Exit."


def test_an_edge_to_nowhere():
    raw = graph(TRIGGER)
    raw["edges"][0]["to"] = "gone"
    assert "A connection leads to a step that does not exist." in messages(raw)


def test_loop_without_a_wait():
    always = {"condition": {"rules": [{"subject": "feature", "name": "orders_30d", "operator": "known"}]}}
    edges = [
        {"from": "n0", "port": "next", "to": "n1"},
        {"from": "n1", "port": "yes", "to": "n1"},
        {"from": "n1", "port": "no", "to": "end"},
    ]
    assert only(graph(TRIGGER, ("condition", always), edges=edges)) == (
        "Shoppers would go round here for ever: put a Delay or Wait until into the loop."
    )


def test_a_loop_with_a_delay_is_fine():
    always = {"condition": {"rules": [{"subject": "feature", "name": "orders_30d", "operator": "known"}]}}
    edges = [
        {"from": "n0", "port": "next", "to": "n1"},
        {"from": "n1", "port": "yes", "to": "n2"},
        {"from": "n1", "port": "no", "to": "end"},
        {"from": "n2", "port": "next", "to": "n1"},
    ]
    assert messages(graph(TRIGGER, ("condition", always), ("delay", {"seconds": 60}), edges=edges)) == []


def test_unknown_event_with_the_nearest_name():
    assert only(graph(("event_trigger", {"event": "Product Adde"}))) == (
        "No event called “Product Adde” has been received yet. Did you mean “Product Added”?"
    )


def test_weights_that_do_not_sum():
    split = {"branches": [{"key": "a", "weight": 50}, {"key": "b", "weight": 30}]}
    edges = [{"from": "n0", "port": "next", "to": "n1"}]
    edges += [{"from": "n1", "port": port, "to": "end"} for port in "ab"]
    assert (
        only(graph(TRIGGER, ("random_split", split), edges=edges)) == "The weights add up to 80 %, not 100 %."
    )


def test_broken_liquid_is_named_with_its_line():
    assert only(graph(TRIGGER, ("send", {"template": "bad"}))) == (
        "The template “Bad” can't be sent: HTML: Line 2: there is no tag “iff”."
    )


@pytest.mark.parametrize(
    ("step", "message"),
    [
        (("send", {}), "Choose the template to send."),
        (("send", {"template": "nope"}), "There is no template “nope”."),
        (("delay", {"seconds": 0}), "“Wait” must be at least 1 second."),
        (("delay", {"seconds": 34560001}), "“Wait” must be at most 400 days."),
        (("delay", {"seconds": "soon"}), "“Wait” must be a whole number."),
        (("delay", {"seconds": 5, "time_of_day": "25:00"}), "“Then until” is not in the right form."),
        (("wait_until", {}), "Choose the event to wait for."),
        (("update_trait", {"trait": "email", "value": "x"}), "“email” says who the shopper is; a journey can't change it."),
        (("condition", {}), "Add at least one rule."),
    ],
)  # fmt: skip
def test_settings_of_a_step(step, message):
    assert message in messages(graph(TRIGGER, step))


def test_an_experiment_that_is_not_there():
    raw = graph(TRIGGER, ("experiment_split", {"experiment": "x"}), edges=[])
    assert "There is no experiment “x”." in messages(raw)


def test_a_journey_without_trigger():
    assert "A journey needs a trigger: the event or the segment that starts it." in messages(
        graph(("delay", {"seconds": 60}))
    )


def test_a_step_that_nobody_reaches():
    raw = graph(TRIGGER)
    raw["nodes"].append({"key": "lost", "type": "exit"})
    assert only(raw) == "Nobody can reach this step: connect something to it, or remove it."


def test_two_ways_from_one_port():
    raw = graph(TRIGGER, ("delay", {"seconds": 60}))
    raw["edges"].append({"from": "n0", "port": "next", "to": "end"})
    assert only(raw) == "One way out leads to two steps; remove one connection."


def test_settings_of_the_journey():
    raw = graph(TRIGGER, exit_on={"events": ["Ordr"], "left_segment": "none"}, goal={"event": ""})
    assert [p.field for p in validate(raw, FACTS)] == ["exit_on.events", "exit_on.left_segment", "goal.event"]


@pytest.mark.parametrize("raw", [None, [], "x", {"nodes": 3}, {"nodes": [{"key": "a b", "type": "exit"}]}])
def test_what_is_not_a_journey_never_raises(raw):
    [problem] = validate(raw, FACTS)
    assert problem.message.startswith("This is not a journey")
