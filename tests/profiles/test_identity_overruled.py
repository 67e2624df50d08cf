"""Whom a browser's word had given what a visitor did loses it when a trusted source says whose the visitor is."""

from __future__ import annotations

import pytest

from .test_identity_any_order import Oracle, run  # noqa: F401  # a fixture


def said(type_, at, *, user=None, mail=None, trusted=False):
    return {
        "type": type_,
        "user": user,
        "visitor": "a1",
        "mail": mail,
        "city": None,
        "trusted": trusted,
        "at": at,
    }


# The visitor has a profile of their own meanwhile, for what they did after the browser's word.
EVENTS = [
    said("identify", 1),
    said("identify", 0),
    said("identify", 2, user="u1"),
    said("identify", 10),
    said("identify", 13, user="u3", mail="one@shop.example", trusted=True),
]


@pytest.mark.parametrize("order", [[0, 1, 2, 3, 4], [3, 0, 2, 1, 4], [4, 3, 2, 1, 0]])
@pytest.mark.parametrize("size", [1, 3, 5])
def test_in_every_order(run, order, size):  # noqa: F811
    expected = Oracle(EVENTS).shoppers()
    assert {frozenset({0, 1, 3, 4}), frozenset({2})} == expected.keys()
    assert run(EVENTS, order, [size]) == expected
