"""What a definition may be, and the sentence when it may not."""

import pytest

from profiles.segments.build import Facts, Known
from profiles.segments.checking import checked
from profiles.segments.definition import BadDefinition, parse, users_of
from profiles.segments.words import described

from .conftest import act, all_of, any_of, in_segment, none_of

KNOWN = Facts(
    {
        "keen": Known(1, "Keen", "live", all_of(act("viewed", value=2))),
        "both": Known(2, "Both", "draft", all_of(in_segment("keen"))),
        "old": Known(3, "Old", "archived", all_of(act("viewed"))),
    },
    currency="USD",
)


@pytest.mark.parametrize(
    ("document", "path", "field", "message"),
    [
        ({"type": "xor"}, "", "type", "Invalid value 'xor'"),
        (all_of({"type": "act", "act": "sneezed"}), "0", "act", "sneezed"),
        (all_of(act(days=0)), "0", "days", "at least 1"),
        (all_of(any_of(act(), act(value=-1))), "0.1", "value", "at least 0"),
        (all_of(act(colour="red")), "0", "", "colour"),
        ([], "", "", "object"),
    ],
)
def test_another_form_is_refused_with_its_place(document, path, field, message):
    with pytest.raises(BadDefinition, match=message) as caught:
        parse(document)
    [problem] = caught.value.problems
    assert (problem.path, problem.field) == (path, field)


@pytest.mark.parametrize(
    ("part", "message"),
    [
        (act("visited", items=["m1"]), "no items"),
        (act("visited", days=None), "90 days at most"),
        (act("viewed", value_min=3), "Only what is bought"),
        (act("viewed", value=1.5), "whole number"),
        (act("viewed", op="<", value=0), "less than 0"),
        ({"type": "feature", "feature": "shoe_size", "op": "known"}, "no feature “shoe_size”"),
        ({"type": "feature", "feature": "gender", "op": ">=", "value": 3}, "can't be compared"),
        ({"type": "feature", "feature": "age", "op": ">="}, "which number"),
        ({"type": "feature", "feature": "gender", "op": "is"}, "at least one value"),
        ({"type": "consent", "purpose": "analytics", "channel": "sms"}, "Only marketing has channels"),
        (in_segment("nobody"), "no segment “nobody”"),
        (in_segment("old"), "is archived"),
        (any_of(), "group is empty"),
    ],
)
def test_what_has_to_be_mended(part, message):
    with pytest.raises(BadDefinition, match=message) as caught:
        checked(all_of(act("viewed"), part), KNOWN)
    assert {problem.path for problem in caught.value.problems} == {"1"}


@pytest.mark.parametrize("key", ["keen", "both"])
def test_no_segment_is_defined_by_itself(key):
    facts = Facts(KNOWN.segments, "keen")
    with pytest.raises(BadDefinition, match="itself"):
        checked(all_of(in_segment(key)), facts)


def test_who_depends_on_a_segment_also_through_others():
    documents = {key: known.definition for key, known in KNOWN.segments.items()}
    documents["third"] = all_of(in_segment("both"))
    assert users_of("keen", documents) == {"both", "third"}


def test_a_tree_too_deep_or_too_wide_is_refused():
    deep = act()
    for _ in range(9):
        deep = all_of(deep)
    with pytest.raises(BadDefinition, match="deep"):
        parse(deep)
    with pytest.raises(BadDefinition, match="60 conditions"):
        parse(all_of(*[act()] * 61))


@pytest.mark.parametrize(
    ("document", "words"),
    [
        (all_of(act("bought", value=3)), "Bought at least 3 times in the last 30 days"),
        (all_of(act("bought", op="=", value=0, days=90)), "Never bought in the last 90 days"),
        (all_of(act("spent", value=50, categories=["Drinks > Coffee"], days=None)), "Spent at least USD 50 on Coffee ever"),
        (all_of(act("viewed", value=1), {"type": "identifier"}), "Viewed at least once in the last 30 days and e-mail is known"),
        (any_of(act("viewed"), none_of(in_segment("keen"))), "Viewed at least once in the last 30 days or not in “Keen”"),
        (all_of(act("visited"), any_of(in_segment("keen"), in_segment("keen", member=False))),
         "Visited at least once in the last 30 days and (in “Keen” or not in “Keen”)"),
        (all_of({"type": "seen", "op": "before", "days": 30}), "Last seen more than 30 days ago"),
        (all_of({"type": "consent", "channel": "email"}), "Agreed to marketing by e-mail"),
        (all_of({"type": "feature", "feature": "revenue_90d", "op": ">", "value": 9}), "Revenue (90 days) is more than 9"),
        (all_of(), "Everybody"),
    ],
)  # fmt: skip
def test_a_definition_in_words(document, words):
    assert described(document, KNOWN) == words


@pytest.mark.parametrize(
    ("part", "sentence"),
    [
        ({"type": "act", "act": "viewed", "value": None}, "Say which number."),
        ({"type": "act", "act": "viewed", "days": 0}, "Take a number of at least 1."),
        ({"type": "act", "act": "viewed", "days": 9999}, "Take a number of at most 3,650."),
        ({"type": "act", "act": "viewed", "days": 1.5}, "Take a whole number."),
        (
            {"type": "act", "act": "bought", "brands": ["x" * 10_000]},
            "That text is too long: 300 characters at most.",
        ),
        ({"type": "act", "act": "bought", "brands": [""]}, "A value is empty; fill it in or take it away."),
        ({"type": "act", "act": "bought", "items": ["x"] * 501}, "Those are too many: 500 at most."),
    ],
)
def test_what_does_not_fit_is_said_as_people_say_it(part, sentence):
    with pytest.raises(BadDefinition) as caught:
        parse({"type": "all", "of": [{"type": "any", "of": [part]}]})
    [problem] = caught.value.problems
    assert (problem.path, problem.message) == ("0.0", sentence)


def test_thirty_groups_in_each_other_are_refused():
    node = {"type": "act", "act": "viewed"}
    for _ in range(30):
        node = {"type": "not", "of": [node]}
    with pytest.raises(BadDefinition, match="this is deeper"):
        parse(node)
