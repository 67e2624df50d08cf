"""Safe changes to many events alike."""

from __future__ import annotations

import pytest

from profiles.dead_letters.edits import BadEdit, apply, checked

EVENT = {
    "event": "A",
    "properties": {
        "prise": "1,299.50",
        "ids": ["1", "2"],
        "products": [{"sku": 7}, {"sku": 8, "product_id": "p"}],
    },
}


@pytest.mark.parametrize(
    ("edit", "changed"),
    [
        ({"do": "rename", "path": "properties.prise", "to": "price"}, {"price": "1,299.50"}),
        ({"do": "remove", "path": "properties.prise"}, {}),
        ({"do": "number", "path": "properties.prise"}, {"prise": 1299.5}),
        (
            {"do": "set", "path": "properties.currency", "value": "EUR"},
            {"prise": "1,299.50", "currency": "EUR"},
        ),
        ({"do": "set", "path": "properties.a.b", "value": 1}, {"prise": "1,299.50", "a": {"b": 1}}),
        ({"do": "number", "path": "properties.ids[]"}, {"prise": "1,299.50", "ids": [1, 2]}),
        (
            {"do": "rename", "path": "properties.products[].sku", "to": "product_id"},
            {"prise": "1,299.50", "products": [{"product_id": 7}, {"sku": 8, "product_id": "p"}]},
        ),
        (
            {"do": "text", "path": "properties.products[].sku"},
            {"prise": "1,299.50", "products": [{"sku": "7"}, {"sku": "8", "product_id": "p"}]},
        ),
        ({"do": "remove", "path": "properties.none.of.these"}, {"prise": "1,299.50"}),
    ],
)
def test_a_change(edit, changed):
    after = apply(EVENT, checked([edit]))
    rest = {k: v for k, v in EVENT["properties"].items() if k not in ("prise", *changed)}
    assert after["properties"] == {**rest, **changed}
    assert EVENT["properties"]["prise"] == "1,299.50"


@pytest.mark.parametrize(
    "edit",
    [
        {"do": "burn", "path": "a"},
        {"do": "remove", "path": ""},
        {"do": "remove", "path": "userId"},
        {"do": "set", "path": "messageId", "value": "1"},
        {"do": "rename", "path": "id", "to": "userId"},
        {"do": "rename", "path": "a.b", "to": "c.d"},
        {"do": "set", "path": "a[]", "value": 1},
        {"do": "remove", "path": "a..b"},
        "remove",
    ],
)
def test_what_is_refused(edit):
    with pytest.raises(BadEdit):
        checked([edit])


def test_nothing_and_too_much_are_refused():
    for edits in ([], None, [{"do": "remove", "path": "a"}] * 11):
        with pytest.raises(BadEdit):
            checked(edits)
