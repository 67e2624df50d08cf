"""Events as they arrive: found, read, with what was found about them; bots and repetitions overruled."""

from __future__ import annotations

import datetime as dt

import orjson
import pytest
from django.utils import timezone

from profiles.ingest import door
from profiles.models import ArrivalRules, Suspect
from profiles.plan import services
from profiles.processing.batches import run_once
from tenants import keyring
from tenants.db import tenant_connection
from tenants.workspace.models import AuditRecord

URL, RULES = "/admin/events/", "/admin/events/rules/"
ORDER = {"order_id": "o1", "revenue": "much"}


def order(**fields):
    return {
        "type": "track",
        "event": "Order Completed",
        "userId": "jane@shop.example",
        "properties": ORDER,
        **fields,
    }


@pytest.fixture
def arrive(tenant):
    scope = keyring.scope_of_tenant(tenant)

    def bring(*events, process=True):
        with tenant_connection(tenant.schema_name):
            raws = [orjson.dumps(event) for event in events]
            door.accept(scope, raws, source="http", received=dt.datetime.now(dt.UTC))
            while process and run_once(scope):
                pass

    return bring


@pytest.fixture
def planned(tenant):
    schema = {"type": "object", "properties": {"revenue": {"type": "number"}}}
    with tenant_connection(tenant.schema_name):
        event = {"type": "track", "name": "Order Completed", "schema": schema}
        services.save(keyring.scope_of_tenant(tenant), {"events": [event]}, actor="t")


def test_what_was_found_is_said_with_the_reason(console, arrive, planned):
    arrive(order(), order(messageId="again"), order(userId="b", context={"userAgent": "Googlebot/2.1"}))
    rows = console("owner").get(URL).context["rows"]
    assert [[word for _, word, _ in row.why] for row in rows] == [
        ["Not as planned", "Bot"], ["Not as planned", "Sent twice"], ["Not as planned"],
    ]  # fmt: skip
    assert rows[0].why[1][2] == "Its user agent says so: Googlebot."
    assert rows[2].why[0][2] == "properties.revenue must be a number, not a text"
    assert [row.counted for row in rows] == [False, False, True]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?mark=bot", 1), ("?mark=counted", 2), ("?mark=plan", 0), ("?name=order", 1), ("?name=nothing", 0),
        ("?channel=app", 1), ("?type=4", 1), ("?who=jane@shop.example", 1), ("?key=1", 0), ("?key=2", 3),
    ],
)  # fmt: skip
def test_filters(console, arrive, query, found):
    arrive(
        order(),
        {"type": "screen", "userId": "u2", "name": "Home"},
        {"type": "page", "userId": "u3", "context": {"userAgent": "Googlebot/2.1"}},
    )
    assert len(console("owner").get(URL + query).context["rows"]) == found


def test_who_may_not_read_identities_sees_the_event_without_them(console, arrive):
    arrive(order(traits={"email": "jane@shop.example"}))
    shown = console("developer").get(URL)
    assert "jane" not in shown.content.decode()
    assert "much" in shown.context["rows"][0].content
    assert "jane@shop.example" in console("owner").get(URL).context["rows"][0].content


def test_the_list_renews_itself_in_part(console, arrive):
    arrive(order(), process=False)
    answer = console("owner").get(URL, headers={"hx-request": "true"})
    assert answer.context["rows"][0].waiting
    assert b"<html" not in answer.content


def test_outcomes_are_plotted_and_add_up(console, arrive):
    arrive(
        order(messageId="1"),
        order(messageId="1"),
        {"type": "track", "userId": "u"},
        {"type": "page", "userId": "u"},
    )
    totals = {name: total for name, total, _, _ in console("owner").get(URL).context["totals"] if total}
    assert totals == {"Taken": 2, "Same messageId": 1, "Refused": 1}


def test_rules_are_saved_and_hold(console, arrive, tenant):
    form = {
        "by_agent": "on",
        "agents_blocked": "PriceWatch\n\nPriceWatch",
        "views_a_minute": "60",
        "window_seconds": "5",
    }
    assert console("developer").post(RULES, form).status_code == 302
    with tenant_connection(tenant.schema_name):
        saved = ArrivalRules.objects.get()
        assert (saved.agents_blocked, saved.same_orders, saved.window_seconds) == (["PriceWatch"], False, 5)
        assert AuditRecord.objects.filter(action="rules for bots and repetitions changed").exists()
    arrive(order(context={"userAgent": "pricewatch 2"}))
    assert [word for _, word, _ in console("owner").get(URL).context["rows"][0].why] == ["Bot"]


@pytest.mark.parametrize(
    "wrong", [{"views_a_minute": "3"}, {"window_seconds": "900"}, {"agents_blocked": "x" * 121}]
)
def test_rules_that_would_hurt_are_refused(console, tenant, wrong):
    form = {"views_a_minute": "60", "window_seconds": "5", **wrong}
    assert console("developer").post(RULES, form).status_code == 400
    with tenant_connection(tenant.schema_name):
        assert not ArrivalRules.objects.exists()


def test_staff_overrule_who_was_taken_for_a_bot(console, tenant):
    with tenant_connection(tenant.schema_name):
        now = timezone.now()
        Suspect.objects.create(handle=b"h" * 16, views=300, since=now, until=now + dt.timedelta(days=1))
    developer = console("developer")
    developer.post(RULES, {"clear": (b"h" * 16).hex()})
    with tenant_connection(tenant.schema_name):
        assert Suspect.objects.get().cleared
        assert AuditRecord.objects.filter(action="a visitor is no bot").exists()
    assert developer.post(RULES, {"clear": "no hex"}).status_code == 302


def test_an_officer_looks_and_does_not_change(console):
    officer = console("compliance officer")
    assert officer.get(RULES).status_code == 200
    assert officer.post(RULES, {"views_a_minute": "60"}).status_code == 403
