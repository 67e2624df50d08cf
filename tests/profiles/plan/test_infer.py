"""A schema from real events: types, what every event has, short lists of values."""

from __future__ import annotations

import orjson
from hypothesis import given, settings
from hypothesis import strategies as st

from profiles.plan.document import event_faults
from profiles.plan.infer import infer
from profiles.plan.validators import validator

leaf = st.none() | st.booleans() | st.integers(-(2**40), 2**40) | st.floats(-1e9, 1e9) | st.text(max_size=12)
value = st.recursive(
    leaf, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abc", min_size=1, max_size=2), inner, max_size=3),
    max_leaves=8,
)  # fmt: skip
sample = st.dictionaries(st.sampled_from(["a", "b", "c", "d"]), value, max_size=4)


@settings(max_examples=150, deadline=None)
@given(st.lists(sample, min_size=1, max_size=20))
def test_every_event_keeps_to_what_was_made_from_it(samples):
    samples = [clean(s) for s in samples]
    schema = infer(samples)
    assert event_faults({"type": "track", "name": "X", "schema": schema}) == []
    check = validator(schema)
    for one in samples:
        assert check.is_valid(one), (one, schema)


def clean(value):
    if isinstance(value, dict):
        return {k: clean(v) for k, v in value.items() if v is not None}
    if isinstance(value, list):
        return [clean(v) for v in value if v is not None]
    return value


def test_what_ninety_nine_of_a_hundred_have_is_required():
    samples = [{"id": str(i), "coupon": "X"} for i in range(100)]
    del samples[0]["id"]
    del samples[0]["coupon"], samples[1]["coupon"]
    assert infer(samples)["required"] == ["id"]


def test_few_frequent_values_are_listed_and_names_are_not():
    samples = [
        {"currency": ("EUR", "USD")[i % 2], "city": f"Town {i % 3}", "mail": "a@b.example"} for i in range(60)
    ]
    properties = infer(samples)["properties"]
    assert properties["currency"] == {"type": "string", "enum": ["EUR", "USD"]}
    assert properties["city"] == {"type": "string"}
    assert properties["mail"] == {"type": "string"}


def test_a_number_now_whole_and_now_not_is_a_number():
    assert infer([{"price": 3}, {"price": 3.5}])["properties"]["price"] == {"type": "number"}


def test_entries_of_lists_have_a_schema_of_their_own():
    schema = infer([{"products": [{"id": "a", "price": 1}, {"id": "b"}]}])
    assert schema["properties"]["products"]["items"] == {
        "type": "object",
        "properties": {"id": {"type": "string"}, "price": {"type": "integer"}},
        "required": ["id"],
    }


def test_it_is_json():
    assert orjson.loads(orjson.dumps(infer([{"a": None, "b": {"c": []}}])))["properties"] == {
        "b": {"type": "object", "properties": {"c": {"type": "array"}}, "required": ["c"]}
    }
