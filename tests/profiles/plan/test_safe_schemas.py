"""A schema that could fetch, explode or never end is refused with the place and the reason."""

from __future__ import annotations

import pytest

from profiles.plan.document import BadPlan, checked


def nested(depth):
    schema = {"type": "string"}
    for _ in range(depth):
        schema = {"type": "object", "properties": {"x": schema}}
    return schema


@pytest.mark.parametrize(
    ("schema", "where", "why"),
    [
        ({"$ref": "http://evil.example/schema"}, "$ref", "References"),
        ({"properties": {"a": {"$ref": "#"}}}, "properties.a.$ref", "References"),
        ({"properties": {"a": {"pattern": "(?=a)b"}}}, "properties.a.pattern", "look-around"),
        ({"pattern": "(a{1000}){1000}"}, "pattern", "pattern"),
        ({"pattern": "a" * 501}, "pattern", "500 characters"),
        ({"enum": list(range(501))}, "enum", "500 values"),
        (nested(9), "properties.x.properties.x", "levels deep"),
        ({"anyOf": [{"type": "string"}] * 501}, "", "500 parts"),
        ({"type": "strng"}, "properties.type", "not valid"),
        ({"propertiez": {}}, "propertiez", "no word of JSON Schema"),
        ({"title": "x" * 40_000}, "", "bytes"),
        ([], "", "JSON object"),
    ],
)
def test_it_is_refused(schema, where, why):
    with pytest.raises(BadPlan) as caught:
        checked({"events": [{"type": "track", "name": "X", "schema": schema}]})
    fault = caught.value.faults[0]
    assert why in fault.message
    assert fault.where.startswith("events[0].schema")
    assert where.split(".")[-1] in fault.where


def test_the_same_event_twice_is_refused():
    event = {"type": "track", "name": "X", "schema": {}}
    with pytest.raises(BadPlan, match="twice"):
        checked({"events": [event, event]})


def test_a_catastrophic_pattern_takes_linear_time():
    from profiles.plan.compiled import compile_plan

    plan = checked(
        {"events": [{"type": "track", "name": "X", "schema": {"properties": {"a": {"pattern": "^(a+)+$"}}}}]}
    )
    judged = compile_plan(1, plan).judge(2, "X", {"a": "a" * 30_000 + "b"}, b"{}")
    assert judged is not None
    assert judged.path == "properties.a"
