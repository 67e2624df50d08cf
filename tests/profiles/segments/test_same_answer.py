"""Whoever streams into a segment is whom a look at everybody finds there, whatever happened in which order."""

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from profiles.processing.batches import run_once
from profiles.segments.compiler import between, compile_node
from profiles.segments.definition import parse
from profiles.segments.models import SegmentMember, SegmentTally
from profiles.segments.moments import today
from profiles.segments.selectors import documents
from tenants.db import tenant_connection

from ...profiles.conftest import ago, event, viewed
from .conftest import act, all_of, any_of, in_segment, none_of

DEFINITIONS = {
    "Keen": all_of(act("viewed", value=2, days=7)),
    "Never bought": all_of(act("viewed", days=None), act("bought", op="=", value=0, days=None)),
    "Bread or tea": any_of(act("bought", items=["bread"], days=30), act("viewed", items=["tea"], value=2, days=None)),
    "Spenders": all_of({"type": "feature", "feature": "revenue_90d", "op": ">", "value": 20}),
    "Not keen": all_of({"type": "seen", "which": "last", "op": "within", "days": 30}, none_of(in_segment("keen"))),
    "Reachable": any_of({"type": "identifier", "kind": "email"}, {"type": "identifier", "kind": "user_id"}),
}  # fmt: skip

who = st.sampled_from([{"userId": "u1"}, {"userId": "u2"}, {"anonymousId": "a1"}, {"anonymousId": "a2"}])
when = st.sampled_from([0, 0, 1, 6, 7, 8, 29, 30, 31, 100])
item = st.sampled_from(["bread", "tea", "rum"])


@st.composite
def events(draw):
    moment = ago(days=draw(when))
    kind = draw(st.sampled_from(["view", "view", "order", "identify", "page", "traits"]))
    if kind == "view":
        return viewed(item=draw(item), **draw(who), timestamp=moment)
    if kind == "order":
        lines = [{"product_id": draw(item), "price": draw(st.sampled_from([5, 15, 30]))}]
        return event(event="Order Completed", **draw(who), properties={"products": lines}, timestamp=moment)
    if kind == "identify":
        user, visitor = draw(st.sampled_from(["u1", "u2", "u3"])), draw(st.sampled_from(["a1", "a2"]))
        return event("identify", userId=user, anonymousId=visitor)
    if kind == "traits":
        mail = draw(st.sampled_from(["x@example.com", None]))
        return event("identify", **draw(who), traits={"email": mail})
    return event("page", **draw(who), timestamp=moment)


@pytest.fixture
def unhurried(monkeypatch):
    """All examples share one transaction, which is longer than a batch may be."""
    monkeypatch.setattr("profiles.processing.batches._BEGIN", "SELECT 1")
    monkeypatch.setattr("profiles.ingest.store._TIMEOUT", "SELECT 1")


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    batches=st.lists(st.lists(events(), min_size=1, max_size=6), min_size=1, max_size=4), late=st.booleans()
)
def test_streamed_membership_is_that_of_everybody(
    unhurried, streaming, live, send, cursor, scope, pass_over, batches, late
):
    with tenant_connection(scope.schema):
        mark = transaction.savepoint()
        made = {} if late else {name: live(name, document) for name, document in DEFINITIONS.items()}
        for batch in batches:
            send(*batch)
            while run_once(scope):
                pass
        if late:
            made = {name: live(name, document) for name, document in DEFINITIONS.items()}
        known = documents()
        for name, segment in made.items():
            one = compile_node(scope.schema, parse(DEFINITIONS[name]), known, between(0, 2**40), today())
            expected = cursor.execute(
                f'SELECT p.id FROM "{scope.schema}".profiles_profile p WHERE {one.sql}', one.params
            ).fetchall()
            members = SegmentMember.objects.filter(segment_id=segment.pk)
            assert sorted(members.values_list("profile_id")) == sorted(expected), name
            segment.refresh_from_db()
            pending = sum(SegmentTally.objects.filter(segment=segment).values_list("change", flat=True))
            assert segment.members + pending == len(expected), name
        transaction.savepoint_rollback(mark)
