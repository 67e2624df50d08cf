"""Streaming, batch, preview and an independent judge agree on who is in a segment, whatever happened in which order."""

from __future__ import annotations

import datetime as dt
import itertools

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from profiles.models import Identifier
from profiles.processing.batches import run_once
from profiles.segments import moments
from profiles.segments.models import SegmentMember, SegmentTally
from profiles.segments.preview import preview
from profiles.selectors import find_profile
from profiles.traits import services as traits
from tenants.db import tenant_connection

from ...profiles.conftest import event
from . import judge
from .conftest import all_of, any_of, none_of

NOW = dt.datetime.now(dt.UTC)
who = st.sampled_from(
    [{"userId": "u1"}, {"userId": "u2"}, {"anonymousId": "a1"}, {"anonymousId": "a2"}, {"anonymousId": "a3"}]
)
ages = st.sampled_from([0, 0, 1, 6, 7, 8, 29, 30, 31, 100])
item = st.sampled_from(["bread", "tea"])
channel = st.sampled_from(["app", "mail", None])
amount = st.sampled_from([0.1, 0.2, 0.3, 5, 12.5, 33])
days = st.sampled_from([1, 7, 30, 90, None])
numeric = st.sampled_from([">=", "<=", ">", "<", "="])


known = st.sampled_from([{"userId": "u1"}, {"userId": "u2"}])
order_line = st.fixed_dictionaries({"product_id": item, "price": st.sampled_from([3, 40]), "kind": item})
KINDS = ["Product Viewed", "Product Added", "Product Added to Wishlist", "Order Completed", "Order Completed", "Order Refunded",
         "identify", "plan", "page", "screen", "group", "share", "share", "share"]  # fmt: skip
moment = itertools.count()


@st.composite
def sent(draw):
    """An event with the time when it happened, for the judge."""
    # No two at the same moment: which of two such traits holds is a matter of their keys.
    at = NOW - dt.timedelta(days=draw(ages), microseconds=next(moment))
    kind = draw(st.sampled_from(KINDS))
    if kind == "plan":
        made = event("identify", **draw(known), traits={"plan": draw(st.sampled_from(["gold", "free"]))})
    elif kind == "identify":  # one visitor is one user's: what two say of one visitor is a matter of identity
        user, visitor = draw(st.sampled_from([("u1", "a1"), ("u2", "a2"), ("u1", "a3")]))
        made = event("identify", userId=user, anonymousId=visitor)
    elif kind == "share":
        said = {
            "channel_name": draw(channel),
            "amount": draw(amount),
            "tags": draw(st.lists(item, max_size=2)),
        }
        made = event(
            event=draw(st.sampled_from(["Shared", "shared"])),
            **draw(who),
            properties={k: v for k, v in said.items() if v is not None},
        )
    elif kind in ("Product Viewed", "Product Added", "Product Added to Wishlist"):
        made = event(event=kind, **draw(who), properties={"product_id": draw(item)})
    elif kind in ("Order Completed", "Order Refunded"):
        lines = draw(st.lists(order_line, min_size=1, max_size=2, unique_by=lambda line: line["product_id"]))
        made = event(event=kind, **draw(who), properties={"order_id": f"o{next(moment)}", "products": lines})
    elif kind == "group":
        made = event("group", **draw(known), groupId="g1", traits={})
    else:
        made = event(kind, **draw(who), name=draw(item))
    return {**made, "timestamp": at.isoformat()}, {**made, "at": at}


where = st.lists(
    st.sampled_from([
        {"property": "channel_name", "op": "is", "values": ["APP"]},
        {"property": "channel_name", "op": "is_not", "values": ["app"]},
        {"property": "tags", "op": "is", "values": ["tea"]},
        {"property": "amount", "op": ">", "values": [1]},
        {"property": "channel_name", "op": "exists"},
    ]), max_size=2, unique_by=str)  # fmt: skip
TRAITS = {
    "count": {"event": "Shared", "function": "count", "days": 7},
    "sum": {"event": "Shared", "function": "sum", "property": "amount", "days": 30},
    "average": {"event": "Shared", "function": "average", "property": "amount"},
    "minimum": {"event": "Shared", "function": "minimum", "property": "amount", "days": 7},
    "maximum": {"event": "Shared", "function": "maximum", "property": "amount"},
    "first": {"event": "Shared", "function": "first", "property": "channel_name", "days": 30},
    "last": {"event": "Shared", "function": "last", "property": "channel_name", "days": 7},
    "frequent": {"event": "Shared", "function": "most_frequent", "property": "tags", "days": 30},
    "lines": {
        "event": "Order Completed",
        "function": "sum",
        "property": "products.price",
        "days": 30,
        "lines": "products",
        "where": [
            {"property": "products.kind", "op": "is", "values": ["tea"]},
            {"property": "products.price", "op": ">", "values": [10]},
        ],
    },
    "bought": {"source": "act", "act": "bought", "function": "count", "days": 8},
    "screens": {"event": "@screen", "function": "count", "days": 30},
    "plan": {"source": "trait", "function": "last", "property": "plan"},
    "list": {"event": "Shared", "function": "unique_list", "property": "tags", "days": 7},
}


@st.composite
def conditions(draw):
    kind = draw(st.sampled_from(["event", "event", "trait", "trait", "act", "act", "page", "line", "seen"]))
    if kind == "page":
        return {"type": "event", "event": draw(st.sampled_from(["@page", "@screen"])), "op": draw(numeric), "value": draw(st.sampled_from([1, 2])), "days": draw(days)}  # fmt: skip
    if kind == "line":
        wanted = [
            {"property": "products.kind", "op": "is", "values": ["tea"]},
            {"property": "products.price", "op": ">", "values": [10]},
        ]
        return {"type": "event", "event": "order completed", "where": wanted, "lines": draw(st.sampled_from(["", "products"])), "op": draw(numeric), "value": draw(st.sampled_from([1, 2])), "days": draw(days)}  # fmt: skip
    if kind == "event":
        of = draw(st.sampled_from(["times", "sum"]))
        value = draw(st.sampled_from([1, 2, 3])) if of == "times" else draw(st.sampled_from([0.3, 5, 12.8]))
        extra = {"property": "amount"} if of == "sum" else {}
        return {"type": "event", "event": "Shared", "by": of, **extra, "where": draw(where), "op": draw(numeric), "value": value, "days": draw(days)}  # fmt: skip
    if kind == "trait":
        name = draw(st.sampled_from(sorted(TRAITS)))
        if name in ("first", "last", "frequent", "plan"):
            values = draw(
                st.lists(st.sampled_from(["app", "mail", "tea", "bread", "gold"]), min_size=1, max_size=2)
            )
            return {"type": "trait", "trait": name, "op": draw(st.sampled_from(["is", "is_not", "known", "unknown"])), "values": values}  # fmt: skip
        if name == "list":
            return {"type": "trait", "trait": name, "op": draw(st.sampled_from(["includes", "excludes", "known"])), "values": ["tea"]}  # fmt: skip
        return {
            "type": "trait",
            "trait": name,
            "op": draw(numeric),
            "value": draw(st.sampled_from([0.3, 1, 5])),
        }
    if kind == "act":
        items = draw(st.sampled_from([[], ["tea"]]))
        verb = draw(st.sampled_from(["viewed", "added", "wished", "bought", "returned", "ordered", "spent"]))
        return {"type": "act", "act": verb, "op": draw(st.sampled_from([">=", "="])), "value": draw(st.sampled_from([0, 1, 2])), "days": draw(days), "items": items}  # fmt: skip
    return {"type": "seen", "which": draw(st.sampled_from(["first", "last"])), "op": draw(st.sampled_from(["within", "before"])), "days": draw(st.sampled_from([1, 8, 30]))}  # fmt: skip


groups = st.recursive(
    conditions(),
    lambda inner: st.builds(
        lambda make, parts: make(*parts),
        st.sampled_from([all_of, any_of, none_of]),
        st.lists(inner, min_size=1, max_size=3),
    ),
    max_leaves=8,
)


@pytest.fixture
def unhurried(monkeypatch):
    """All examples share one transaction, which is longer than a batch may be."""
    monkeypatch.setattr("profiles.processing.batches._BEGIN", "SELECT 1")
    monkeypatch.setattr("profiles.ingest.store._TIMEOUT", "SELECT 1")


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    batches=st.lists(st.lists(sent(), min_size=1, max_size=7), min_size=1, max_size=4),
    definitions=st.lists(groups, min_size=2, max_size=3),
    begun=st.integers(0, 4),
    later=st.sampled_from([0, 1, 7, 30, 90]),
)
def test_streaming_batch_preview_and_the_judge_agree(
    unhurried,
    streaming,
    live,
    send,
    cursor,
    scope,
    pass_over,
    monkeypatch,
    batches,
    definitions,
    begun,
    later,
):
    with tenant_connection(scope.schema):
        mark = transaction.savepoint()
        documents = {f"s{n}": all_of(one) for n, one in enumerate(definitions)}
        documents["other"] = all_of({"type": "segment", "segment": "s0", "member": False}, definitions[1])
        made, history = {}, []
        for number, batch in enumerate([*batches, []]):
            if number == min(begun, len(batches)):  # the segments begin before, between or after the events
                for name, definition in TRAITS.items():
                    traits.create_trait(scope, traits.TraitForm(name, definition), actor="test", key=name)
                made = {name: live(name, document) for name, document in documents.items()}
            if batch:
                send(*[raw for raw, _ in batch])
                history += [seen for _, seen in batch]
            while run_once(scope):
                pass
        agree(scope, documents, made, history, moments.today())
        day = moments.today() + later
        with pytest.MonkeyPatch.context() as clock:
            turn_to(clock, day)
            pass_over()
            agree(scope, documents, made, history, day)
        transaction.savepoint_rollback(mark)


def turn_to(clock, day):
    for module in (
        "segments.moments", "segments.writing", "segments.passes", "segments.preview", "segments.borrowed",
        "traits.building",
    ):  # fmt: skip
        clock.setattr(f"profiles.{module}.today", lambda *_: day)


def agree(scope, documents, made, history, day):
    named = {**documents, **{f"trait:{name}": definition for name, definition in TRAITS.items()}}
    date, crowd = moments.day_of(day), judge.people(history)
    for name, document in documents.items():
        expected = {pk_of(scope, who) for who in crowd if judge.holds(document, who, date, named)}
        members = SegmentMember.objects.filter(segment_id=made[name].pk)
        assert set(members.values_list("profile_id", flat=True)) == expected, (name, document)
        size = preview(scope, document)
        assert (size.exact, size.count) == (True, len(expected)), (name, document)
        made[name].refresh_from_db()
        pending = sum(SegmentTally.objects.filter(segment=made[name]).values_list("change", flat=True))
        assert made[name].members + pending == len(expected), name


def pk_of(scope, who):
    for name in who.names:
        kind = Identifier.Kind.USER_ID if name.startswith("u") else Identifier.Kind.ANONYMOUS_ID
        found = find_profile(scope, kind, name)
        if found is not None:
            return found.pk
    raise AssertionError(f"nobody is {who.names}")
