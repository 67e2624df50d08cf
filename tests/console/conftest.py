"""Staff of every role, pages to visit, and a shop with something in it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import orjson
import pytest
from django.contrib.auth.models import Group
from django.db import transaction
from django.test import Client
from django.utils import timezone

from catalog.models import ImportRun, Item, Variant
from compliance.requests.receive import receive
from profiles.models import (
    ComputedTrait,
    DeadLetter,
    Identifier,
    Interaction,
    LetterJob,
    Profile,
    SeenEvent,
    Segment,
    SegmentMember,
    TrackingPlan,
)
from profiles.segments import recompute
from profiles.traits.services import TraitForm, create_trait
from recommendations.models import Decision, ItemDay, ModelVersion, Rule
from tenants import keyring, vault
from tenants.crypto import blind_index, seal
from tenants.db import tenant_connection, use_schema
from tenants.models import Tenant
from tenants.workspace.models import User

from .campaign_rows import campaign_pages, fill_campaigns
from .destination_rows import destination_pages, fill_destinations
from .experiment_cast import running_experiment
from .experiment_rows import experiment_pages, fill_experiments
from .import_rows import fill_imports, import_pages
from .journey_rows import fill_journeys, journey_pages

PASSWORD = "correct horse battery"


def make_staff(tenant: Tenant, role: str) -> User:
    with tenant_connection(tenant.schema_name):
        name = role.split()[0]
        user = User.objects.create_user(name, f"{name}@{tenant.slug}.example", PASSWORD, is_staff=True)
        user.groups.add(Group.objects.get(name=role))
        return user


def signed_in(tenant: Tenant, user: User) -> Client:
    client = Client(headers={"host": f"{tenant.slug}.localhost"})
    with tenant_connection(tenant.schema_name):
        client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def desk(tenant: Tenant, inside: None) -> Callable[..., Client]:
    """As `console`, or `desk(user=…)`; after each answer the test is back in alpha's schema."""

    class Desk(Client):
        def generic(self, *args: Any, **kwargs: Any) -> Any:
            try:
                return super().generic(*args, **kwargs)
            finally:
                use_schema(tenant.schema_name)

    def sit_down(role: str = "", user: User | None = None) -> Client:
        client = Desk(headers={"host": f"{tenant.slug}.localhost"})
        client.force_login(user or make_staff(tenant, role), "django.contrib.auth.backends.ModelBackend")
        return client

    return sit_down


@pytest.fixture
def console(tenant: Tenant) -> Callable[[str], Client]:
    """`console(role)` is a browser of a member of alpha's staff."""
    return lambda role: signed_in(tenant, make_staff(tenant, role))


def known_shopper(tenant: Tenant, user_id: str, **fields: object) -> Profile:
    now = timezone.now()
    profile = Profile.objects.create(first_seen_at=now - dt.timedelta(days=90), last_seen_at=now, **fields)
    blind = blind_index(tenant.pk, "user_id", user_id)
    with transaction.atomic():
        key = vault.person_keys(tenant.pk, [blind])[blind]
    Identifier.objects.create(
        profile=profile, kind="user_id", blind=blind, value_sealed=seal(key, user_id.encode())
    )
    return profile


def fill(tenant: Tenant) -> SimpleNamespace:
    """Three products, a shopper who bought two of them, an answer with its trace, and one of everything else."""
    with tenant_connection(tenant.schema_name):
        fields = {"currency": "USD", "brand": "Valley"}
        milk = Item.objects.create(
            external_id="m1", title="Whole milk", category="Dairy > Milk", price="1.99", **fields
        )
        bread = Item.objects.create(
            external_id="b1", title="Rye bread", category="Bakery > Bread", price="3.50", **fields
        )
        rum = Item.objects.create(external_id="r1", title="Dark rum", category="Liquor", price="19", **fields)
        Variant.objects.create(item=bread, external_id="b1-sliced", title="Sliced")
        shopper = known_shopper(tenant, "42")
        yesterday = timezone.now() - dt.timedelta(days=1)
        for item, value in ((milk, 1.99), (bread, 7.0)):
            Interaction.objects.create(
                profile=shopper, item=item, kind=3, at=yesterday, value=value, order_key=7, quantity=1
            )
            ItemDay.objects.create(day=yesterday.date(), item_id=item.pk, purchases=1, revenue=value)
        decision = Decision.objects.create(
            at=timezone.now(), profile_id=shopper.pk, placement="home", model_version="1.0.0", trace=TRACE
        )
        model = ModelVersion.objects.create(version="1.0.0", stage="production", path="a", metrics=METRICS)
        candidate = ModelVersion.objects.create(version="1.1.0", path="b")
        rule = Rule.objects.create(
            name="Dairy week", action="boost", match={"categories": ["Dairy"]}, weight=2
        )
        run = ImportRun.objects.create(
            source="api",
            created=3,
            rejected=1,
            errors=[{"line": 2, "code": "bad_price", "message": "no number"}],
        )
        segment = Segment.objects.create(
            key="bakers",
            name="Bakers",
            definition={"type": "all", "of": [{"type": "act", "act": "bought", "categories": ["Bakery"]}]},
            status="live",
            members=1,
        )
        SegmentMember.objects.create(
            segment=segment, profile_id=shopper.pk, entered_at=timezone.now() - dt.timedelta(hours=3)
        )
        imports = fill_imports(tenant)
        trait = computed_trait(tenant)
        letter = dead_letter(tenant, {"type": "track", "userId": "42", "properties": {}})
        TrackingPlan.objects.create(number=1, document=PLAN, actor="user:1", note="Added Order Completed")
        letter_job = LetterJob.objects.create(kind="mend", status="draft", total=1, actor="user:1")
        journeys = fill_journeys(tenant, shopper)
        campaigns = fill_campaigns(shopper, segment)
        experiments = fill_experiments()
        destinations = fill_destinations()
        measured = running_experiment()
        request = receive(
            keyring.scope_of_tenant(tenant), kind="access", identities=[("user_id", "42")], actor="system"
        )
    return SimpleNamespace(
        request=request, milk=milk, bread=bread, rum=rum, shopper=shopper, decision=decision, model=model,
        candidate=candidate, rule=rule, run=run, letter=letter, letter_job=letter_job, segment=segment, trait=trait, **vars(journeys), **vars(campaigns),
        **vars(experiments), **vars(imports), measured=measured,
        **vars(destinations),
    )  # fmt: skip


def computed_trait(tenant: Tenant) -> ComputedTrait:
    """The brand bought most, computed of everybody there is."""
    scope = keyring.scope_of_tenant(tenant)
    form = TraitForm("Favourite brand", {"source": "act", "function": "most_frequent", "property": "brand"})
    SeenEvent.objects.create(name="wishlist shared", shown="Wishlist Shared", properties={"channel": "text"})
    trait = create_trait(scope, form, actor="system")
    while recompute.run_turn(scope):
        pass
    return trait


def dead_letter(tenant: Tenant, event: dict[str, object]) -> DeadLetter:
    handle = blind_index(tenant.pk, "user_id", "42")
    with transaction.atomic():
        key = vault.person_keys(tenant.pk, [handle])[handle]
    return DeadLetter.objects.create(
        reason="missing_event_name",
        detail="A track event needs “event”, its name.",
        handle=handle,
        payload=seal(key, orjson.dumps(event)),
        type="track",
    )


PLAN = {
    "violations": "flag",
    "unplanned": "allow",
    "events": [
        {
            "type": "track",
            "name": "Order Completed",
            "description": "A shopper paid",
            "violations": "reject",
            "schema": {
                "type": "object",
                "required": ["order_id"],
                "properties": {
                    "order_id": {"type": "string", "description": "as in the shop"},
                    "currency": {"type": "string", "enum": ["EUR", "USD"]},
                    "products": {"type": "array", "items": {"type": "object"}},
                },
            },
        }
    ],
}
TRACE = {
    "request": {"channel": "web"},
    "shopper": {"known": True, "events": 2},
    "items": [
        {
            "item_id": "m1",
            "score": 0.8,
            "source": "repurchase",
            "reason": "You buy this about every week",
            "position": 1,
            "before": 3,
            "chips": [{"kind": "rule", "label": "boost: Dairy week"}],
        },
        {"item_id": "b1", "score": 0.4, "source": "together", "reason": "", "position": 2, "before": 1},
    ],
    "dropped": [{"item_id": "r1", "reason": "only from 21 years", "by": "guardrail"}],
    "stages": [{"name": "profile", "ms": 1.5}, {"name": "recommendation", "ms": 4.5}],
    "candidates": {"repurchase": 12, "together": 30},
}
METRICS = {
    "protocol": "last 31 days",
    "scopes": {
        "all": {
            "shoppers": 2041,
            "ceiling": 0.84,
            "best_baseline": "Frequency",
            "best_baseline_ndcg": 0.4,
            "ratio": 1.1,
            "ratio_low": 1.05,
            "ratio_high": 1.15,
            "lines": [
                {
                    "method": "Frequency",
                    "ndcg": 0.4,
                    "recall": 0.2,
                    "coverage": 0.3,
                    "novelty": 8.0,
                    "setting": "60 d",
                },
                {
                    "method": "Attune",
                    "ndcg": 0.44,
                    "recall": 0.2,
                    "coverage": 0.3,
                    "novelty": 8.0,
                    "setting": "",
                },
            ],
        }
    },
}


@pytest.fixture
def filled(tenant: Tenant) -> SimpleNamespace:
    return fill(tenant)


def pages(filled: SimpleNamespace) -> dict[str, str]:
    """Every page of a tenant's console by name; those of single rows need `filled`."""
    return {
        "today": "/admin/",
        "shoppers": "/admin/profiles/profile/",
        "shopper": f"/admin/profiles/profile/{filled.shopper.pk}/change/",
        "shopper's identity": f"/admin/shoppers/{filled.shopper.pk}/identity/",
        "segments": "/admin/profiles/segment/",
        "segment": f"/admin/profiles/segment/{filled.segment.pk}/change/",
        "new segment": "/admin/profiles/segment/add/",
        "computed traits": "/admin/profiles/computedtrait/",
        "computed trait": f"/admin/profiles/computedtrait/{filled.trait.pk}/change/",
        "new computed trait": "/admin/profiles/computedtrait/add/",
        "segment days": f"/admin/profiles/segment/{filled.segment.pk}/days/",
        "segment members": f"/admin/profiles/segment/{filled.segment.pk}/members/",
        "events": "/admin/events/",
        "features": "/admin/features/",
        "feature": "/admin/features/revenue_90d/",
        "data quality": "/admin/quality/",
        "expectation": "/admin/quality/order_adds_up/",
        "dead letters": "/admin/profiles/deadletter/",
        "dead letter": f"/admin/profiles/deadletter/{filled.letter.pk}/change/",
        **import_pages(filled),
        "letter job": f"/admin/profiles/deadletter/jobs/{filled.letter_job.pk}/",
        "arrival rules": "/admin/events/rules/",
        "tracking plan": "/admin/tracking-plan/",
        "planned event": "/admin/tracking-plan/event/?type=track&name=Order+Completed",
        "new planned event": "/admin/tracking-plan/event/",
        "items": "/admin/catalog/item/",
        "item": f"/admin/catalog/item/{filled.milk.pk}/change/",
        "imports": "/admin/catalog/importrun/",
        "import": f"/admin/catalog/importrun/{filled.run.pk}/change/",
        "placements": "/admin/recommendations/placement/",
        "rules": "/admin/recommendations/rule/",
        "rule": f"/admin/recommendations/rule/{filled.rule.pk}/change/",
        "new rule": "/admin/recommendations/rule/add/",
        "decisions": "/admin/recommendations/decision/",
        "decision": f"/admin/recommendations/decision/{filled.decision.pk}/change/",
        "models": "/admin/recommendations/modelversion/",
        "model": f"/admin/recommendations/modelversion/{filled.model.pk}/change/",
        **experiment_pages(filled),
        "results": f"/admin/experiments/results/{filled.measured.key}/",
        "planner": "/admin/experiments/planner/",
        "consent": "/admin/consent/",
        "requests": "/admin/compliance/subjectrequest/",
        "request": f"/admin/compliance/subjectrequest/{filled.request.pk}/change/",
        "new request": "/admin/compliance/subjectrequest/add/",
        "retention": "/admin/retention/",
        "identity rules": "/admin/identity-rules/",
        "audit": "/admin/workspace/auditrecord/",
        "team": "/admin/workspace/user/",
        "new teammate": "/admin/workspace/user/add/",
        "keys": "/admin/tenants/apikey/",
        "new key": "/admin/tenants/apikey/add/",
        "shopper tokens": "/admin/shopper-tokens/",
        **campaign_pages(filled),
        **destination_pages(filled),
        **journey_pages(filled),
    }
