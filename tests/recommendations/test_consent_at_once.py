"""Consent withdrawn is felt by the very next answer, and by the next training."""

from __future__ import annotations

import orjson
import pytest
from django.utils import timezone

from compliance.consent import Choice
from profiles.consents import import_consents, set_consent
from profiles.models import Interaction
from profiles.selectors import find_profile
from recommendations.dataset import load_dataset
from tenants import redis

PATH = "/api/v1/recommendations?user_id=u1&limit=4"


@pytest.fixture
def shopper(scope, shop):
    """Somebody who bought i3, known to everybody who asks."""
    set_consent(scope, ("user_id", "u1"), [Choice("personalisation", granted=True)], actor="t")
    profile = find_profile(scope, "user_id", "u1")
    Interaction.objects.create(profile=profile, item=shop[3], kind=3, at=timezone.now(), value=1)
    return profile


def withdraw(api, key) -> None:
    body = {"user_id": "u1", "consents": [{"purpose": "personalisation", "granted": False}]}
    answer = api(key).post("/api/v1/consents", orjson.dumps(body), content_type="application/json")
    assert answer.json()["changed"] == 1


def is_cached(response) -> bool:
    return "hit" in response["Server-Timing"]


def trace(api, key, answer) -> dict:
    return api(key).get(f"/api/v1/decisions/{answer.json()['decision_id']}").json()


def test_a_withdrawal_kills_cached_answers_at_once(
    api, secret_key, shopper, django_capture_on_commit_callbacks
) -> None:
    api(secret_key).get(PATH)
    assert is_cached(api(secret_key).get(PATH))
    with django_capture_on_commit_callbacks(execute=True):
        withdraw(api, secret_key)
    answer = api(secret_key).get(PATH)
    assert not is_cached(answer)
    assert trace(api, secret_key, answer)["shopper"]["consent"] is False


def test_valkey_away_leaves_a_note_that_the_sweep_tells(
    api, secret_key, shopper, scope, monkeypatch, django_capture_on_commit_callbacks
) -> None:
    from profiles.tasks import process_turn, work_waits

    api(secret_key).get(PATH)

    def away(command):
        raise redis.BreakerOpen("away")

    with monkeypatch.context() as patch, django_capture_on_commit_callbacks(execute=True):
        set_consent(scope, shopper.pk, [Choice("personalisation")], actor="t")
        patch.setattr(redis, "run", away)
    assert work_waits(scope.schema)
    process_turn(scope)
    assert not is_cached(api(secret_key).get(PATH))
    assert not work_waits(scope.schema)


def test_training_leaves_them_out_and_counts_them(scope, shopper) -> None:
    before = load_dataset(scope.schema)
    set_consent(scope, shopper.pk, [Choice("personalisation")], actor="t")
    after = load_dataset(scope.schema)
    assert (before.excluded, len(before.interactions)) == (0, 1)
    assert (after.excluded, len(after.interactions)) == (1, 0)


def test_many_words_at_once_reach_the_flag_too(scope, shopper) -> None:
    from compliance.consent import Word

    now = timezone.now()
    words = [Word(p, Choice("personalisation", source="import"), now, "t") for p in (shopper.pk, 999_999)]
    assert import_consents(scope, words, actor="t", source="old shop") == 1
    shopper.refresh_from_db()
    assert shopper.consent_personalisation is False
