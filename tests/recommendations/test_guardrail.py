"""What may not be shown is not shown, and when the guardrail itself fails nothing is."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from catalog.models import Item
from profiles.models import Identifier, Profile
from recommendations.agents import guardrail
from recommendations.models import Placement, Rule
from tenants.crypto import blind_index

PATH = "/api/v1/recommendations?user_id=u1&limit=12"
pytestmark = pytest.mark.usefixtures("shop")


@pytest.fixture
def shopper(tenant) -> Profile:
    profile = Profile.objects.create(first_seen_at=timezone.now(), last_seen_at=timezone.now())
    Identifier.objects.create(
        profile=profile, kind="user_id", blind=blind_index(tenant.pk, "user_id", "u1"), value_sealed=b""
    )
    return profile


def shown(api, key) -> set[str]:
    return {item["item_id"] for item in api(key).get(PATH).json()["items"]}


@pytest.mark.parametrize("change", [{"banned": True}, {"available": False}, {"status": "disabled"}])
def test_what_may_not_be_sold_is_left_out(api, secret_key, change: dict[str, Any]) -> None:
    Item.objects.filter(external_id="i3").update(**change)
    items = shown(api, secret_key)
    assert "i3" not in items
    assert len(items) == 11


def test_what_is_left_out_is_replaced(api, secret_key) -> None:
    whole = api(secret_key).get("/api/v1/recommendations?limit=5").json()["items"]
    Item.objects.filter(external_id=whole[0]["item_id"]).update(age_min=18)
    answer = api(secret_key).get("/api/v1/recommendations?limit=5&n=2").json()
    assert len(answer["items"]) == 5


@pytest.mark.parametrize(
    ("features", "sees"),
    [
        ({}, False),
        ({"demographics": {"age": 17}}, False),
        ({"demographics": {"age": "19-24"}}, False),
        ({"demographics": {"age": 30}}, True),
        ({"demographics": {"age": "35-44"}}, True),
        ({"demographics": {"born": "1980-05"}}, True),
    ],
)
def test_an_age_gate_opens_only_for_who_is_known_to_be_old_enough(
    api, secret_key, shopper: Profile, features: dict[str, Any], sees: bool
) -> None:
    Item.objects.filter(external_id="i3").update(age_min=21)
    Profile.objects.filter(pk=shopper.pk).update(features=features)
    assert ("i3" in shown(api, secret_key)) is sees


def test_not_even_a_pin_brings_a_banned_item(api, secret_key) -> None:
    Item.objects.filter(external_id="i3").update(banned=True)
    Rule.objects.create(
        name="Push", action="pin", match={"item_ids": ["i3"]}, placement=Placement.objects.get(key="home")
    )
    assert "i3" not in shown(api, secret_key)


def test_a_failing_guardrail_blocks_everything(api, secret_key, monkeypatch) -> None:
    def broken(*args: Any, **kwargs: Any) -> None:
        raise RuntimeError("policy unreadable")

    monkeypatch.setattr(guardrail, "check", broken)
    response = api(secret_key).get(PATH)
    assert response.status_code == 200
    assert response.json()["blocked"] is True
    assert response.json()["items"] == []


def test_a_blocked_answer_is_not_kept_for_the_next(api, secret_key, monkeypatch) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(guardrail, "check", lambda *a: 1 / 0)
        api(secret_key).get(PATH)
    assert shown(api, secret_key)


def test_personal_data_without_consent_blocks(api, secret_key, shopper: Profile, monkeypatch) -> None:
    from recommendations.agents import profile as agent
    from recommendations.contracts import Shopper
    from recommendations.learning.data import ShopperHistory

    leaked = Shopper(shopper.pk, 0, ShopperHistory.of([1], [1], [3]), {}, consent=False)
    monkeypatch.setattr(agent, "read_shopper", lambda request, segments: leaked)
    assert api(secret_key).get(PATH).json()["blocked"] is True


def test_without_consent_the_history_is_not_read(api, secret_key, shopper: Profile) -> None:
    Profile.objects.filter(pk=shopper.pk).update(consent_personalisation=False)
    answer = api(secret_key).get(PATH).json()
    assert len(answer["items"]) == 12
    trace = api(secret_key).get(f"/api/v1/decisions/{answer['decision_id']}").json()
    assert trace["shopper"] | {"consent": False, "events": 0} == trace["shopper"]
