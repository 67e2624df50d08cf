"""Who each condition holds for."""

import datetime as dt

import pytest
from django.utils import timezone

from catalog.models import Item
from compliance.consent import Choice, record
from profiles.features import buckets
from profiles.models import Identifier, Interaction, Profile
from profiles.segments.compiler import between, compile_node, these
from profiles.segments.definition import parse
from profiles.segments.moments import today
from tenants.models import Tenant

from .conftest import act, all_of, any_of, none_of


@pytest.fixture
def cast(cursor, scope):
    """ann buys and says yes, bob looks, cy was here long ago, dee is new."""
    now = timezone.now()
    milk = Item.objects.create(external_id="m1", title="Milk", category="Dairy > Milk", brand="Valley")
    rum = Item.objects.create(external_id="r1", title="Rum", category="Dairyland", brand="Isle")
    ids = {}
    for name, first, last in (("ann", 200, 0), ("bob", 40, 5), ("cy", 400, 120), ("dee", 0, 0)):
        ids[name] = Profile.objects.create(
            first_seen_at=now - dt.timedelta(days=first),
            last_seen_at=now - dt.timedelta(days=last),
            unit=name.encode(),
        ).pk

    def did(name, item, kind, days, value=0.0, order=0):
        at = now - dt.timedelta(days=days)
        Interaction.objects.create(
            profile_id=ids[name], item=item, kind=kind, at=at, value=value, order_key=order
        )
        profile = Profile.objects.get(pk=ids[name])
        bucket = {1: buckets.ITEM_VIEW, 3: buckets.PURCHASE}[kind]
        buckets.add(profile.counters, today() - days, bucket)
        if kind == 3:
            buckets.add(profile.counters, today() - days, buckets.REVENUE, value)
            buckets.add(profile.counters, today() - days, buckets.ORDER)
        profile.save()

    did("ann", milk, 3, 3, 2.0, order=1)
    did("ann", rum, 3, 3, 30.0, order=1)
    did("ann", milk, 3, 50, 2.0, order=2)
    did("bob", milk, 1, 6)
    did("cy", rum, 3, 120, 19.0, order=3)
    Profile.objects.filter(pk=ids["ann"]).update(
        features={
            "demographics": {"gender": "female"},
            "contact": {"email": True},
            "habits": {"as_of": 1, "brands": {"Valley": 2}},
        }
    )
    Identifier.objects.create(profile_id=ids["bob"], kind="email", blind=b"b" * 16, value_sealed=b"")
    record(
        cursor,
        scope.schema,
        ids["ann"],
        [Choice("marketing", granted=True), Choice("marketing", "sms", False)],
        actor="t",
    )
    record(cursor, scope.schema, ids["bob"], [Choice("personalisation", granted=False)], actor="t")
    return ids


TABLE = [
    (act("viewed", days=7), "bob"),
    (act("viewed", days=6), ""),
    (act("bought", value=3, days=90), "ann"),
    (act("bought", value=2, days=4), "ann"),
    (act("bought", days=None), "ann cy"),
    (act("bought", op="=", value=0, days=90), "bob cy dee"),
    (act("bought", op="=", value=0, days=None), "bob dee"),
    (act("bought", op="<=", value=1, days=None), "bob cy dee"),
    (act("bought", op="<", value=3, days=30), "ann bob cy dee"),
    (act("ordered", value=2, days=None), "ann"),
    (act("ordered", value=3, days=60), "ann"),
    (act("spent", value=33, days=90), "ann"),
    (act("spent", value=19, days=None), "ann cy"),
    (act("bought", categories=["dairy"], days=None), "ann"),
    (act("bought", categories=["Dairyland"], days=None), "ann cy"),
    (act("bought", categories=["Dairy"], op="=", value=0, days=None), "bob cy dee"),
    (act("bought", brands=["isle"], days=10), "ann"),
    (act("bought", items=["m1"], value=2, days=None), "ann"),
    (act("bought", value_min=20, days=None), "ann"),
    (act("viewed", items=["nothing"], days=None), ""),
    ({"type": "seen", "which": "last", "op": "within", "days": 1}, "ann dee"),
    ({"type": "seen", "which": "last", "op": "before", "days": 30}, "cy"),
    ({"type": "seen", "which": "first", "op": "within", "days": 41}, "bob dee"),
    ({"type": "seen", "which": "first", "op": "within", "days": 40}, "dee"),
    ({"type": "identifier", "kind": "email"}, "ann bob"),
    ({"type": "identifier", "kind": "email", "known": False}, "cy dee"),
    ({"type": "identifier", "kind": "phone"}, ""),
    ({"type": "consent", "purpose": "marketing", "channel": "email"}, "ann"),
    ({"type": "consent", "purpose": "marketing", "channel": "sms"}, ""),
    ({"type": "consent", "purpose": "marketing", "granted": False}, "bob cy dee"),
    ({"type": "consent", "purpose": "personalisation"}, "ann cy dee"),
    ({"type": "feature", "feature": "gender", "op": "is", "values": ["Female"]}, "ann"),
    ({"type": "feature", "feature": "gender", "op": "is_not", "values": ["female"]}, "bob cy dee"),
    ({"type": "feature", "feature": "gender", "op": "unknown"}, "bob cy dee"),
    ({"type": "feature", "feature": "revenue_90d", "op": "<", "value": 1}, "bob cy dee"),
    ({"type": "feature", "feature": "avg_order_value", "op": "<", "value": 1e9}, "ann"),
    ({"type": "feature", "feature": "brand_affinity", "op": "includes", "values": ["valley"]}, "ann"),
    ({"type": "feature", "feature": "brand_affinity", "op": "excludes", "values": ["valley"]}, "bob cy dee"),
    (all_of(act("bought", days=None), {"type": "seen", "which": "last", "op": "before", "days": 30}), "cy"),
    (any_of(act("viewed"), act("bought")), "ann bob"),
    (none_of(act("viewed"), act("bought")), "cy dee"),
    (all_of(), "ann bob cy dee"),
    (any_of(), ""),
]  # fmt: skip


def holding(cursor, scope, document, whom):
    one = compile_node(scope.schema, parse(document), {}, whom, today())
    query = f'SELECT p.id FROM "{scope.schema}".profiles_profile p WHERE {whom.sql("p.id")} AND {one.sql}'
    return {row[0] for row in cursor.execute(query, one.params).fetchall()}


def test_each_condition_holds_for_whom_it_says(cursor, scope, cast):
    name_of = {pk: name for name, pk in cast.items()}
    found = {str(document): " ".join(sorted(name_of[p] for p in holding(cursor, scope, document, between(0, 2**40))))
             for document, _ in TABLE}  # fmt: skip
    expected = {str(document): " ".join(sorted(names.split())) for document, names in TABLE}
    assert found == expected


def test_asking_about_some_gives_the_same_answers(cursor, scope, cast):
    for document, _ in TABLE:
        everybody = holding(cursor, scope, document, between(0, 2**40))
        for pk in cast.values():
            assert (pk in everybody) == (holding(cursor, scope, document, these([pk])) == {pk}), document


def test_the_tenants_default_decides_without_a_word(cursor, scope, cast):
    Tenant.objects.filter(pk=scope.tenant_id).update(settings={"consent": {"defaults": {"marketing": True}}})
    document = {"type": "consent", "purpose": "marketing", "channel": "sms"}
    assert holding(cursor, scope, document, between(0, 2**40)) == {cast["bob"], cast["cy"], cast["dee"]}
