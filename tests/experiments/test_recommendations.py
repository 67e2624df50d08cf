"""Ranking strategies as a subject: answers show the variant, the log knows, nobody else pays."""

from __future__ import annotations

import threading
import uuid
from typing import Any

import psycopg
import pytest
from django.db import connection
from django.utils import timezone

from catalog.lines import ItemInput
from catalog.models import Item
from catalog.services import upsert_items
from compliance.suppression import suppress
from experiments import services
from experiments.models import Exposure
from profiles.models import Profile
from profiles.segments.models import Segment, SegmentMember
from recommendations import traces
from recommendations.models import Decision, ModelVersion
from recommendations.registry import artefact_folder
from recommendations.serving.tenant_state import forget_states
from recommendations.training import train_tenant
from tenants import redis

from .conftest import ACTOR, VariantRow, clicked, make_experiment

PATH = "/api/v1/recommendations"
# What can be seen without a model: the number of items.
SIZES: tuple[VariantRow, ...] = (("control", 50, {}), ("short", 50, {"size": 3}))


@pytest.fixture(autouse=True)
def shop(inside: None) -> list[Item]:
    return [
        Item.objects.create(external_id=f"i{n}", title=f"Item {n}", category=f"Food > G{n % 6}", price=n + 1)
        for n in range(12)
    ]


@pytest.fixture
def runs(tenant):
    def make(*args, **fields):
        given = {"variants": SIZES, **fields}
        return services.start(tenant.schema_name, make_experiment(*args, **given).pk, actor=ACTOR)

    return make


@pytest.fixture
def ask(api, secret_key):
    def answer(**params):
        response = api(secret_key).get(PATH, params)
        assert response.status_code == 200, response.content
        return response.json()

    return answer


def somebody_in(ask, variant: str, kind: str = "user_id") -> str:
    return next(
        n
        for n in (f"shopper {n}" for n in range(99))
        if ask(**{kind: n}).get("experiments") == {"home-test": variant}
    )


def test_without_experiments_an_answer_says_nothing_of_them(ask) -> None:
    assert "experiments" not in ask(user_id="u1")


def test_each_variant_shows_what_it_changes(ask, runs) -> None:
    runs()
    shown: dict[str, set[int]] = {}
    for n in range(20):
        answer = ask(user_id=f"u{n}")
        shown.setdefault(answer["experiments"]["home-test"], set()).add(len(answer["items"]))
    assert shown == {"control": {12}, "short": {3}}


def test_a_limit_in_the_request_beats_the_variants_size(ask, runs) -> None:
    runs()
    assert len(ask(user_id=somebody_in(ask, "short"), limit=7)["items"]) == 7


def test_other_placements_are_untouched(ask, runs) -> None:
    runs()
    assert "experiments" not in ask(user_id="u1", placement="search")


def test_the_trace_names_the_variant_and_what_it_changed(ask, runs) -> None:
    runs()
    answer = ask(user_id=somebody_in(ask, "short"), n=2)
    traces.drain()
    trace = Decision.objects.get(pk=answer["decision_id"]).trace
    assert trace["experiments"] == [{"experiment": "home-test", "variant": "short", "changes": {"size": 3}}]
    assert trace["request"]["limit"] == 3


def test_the_first_answer_is_the_exposure(ask, runs, unit_of) -> None:
    experiment = runs()
    first, _ = ask(user_id="u1"), ask(user_id="u1", n=2)
    traces.drain()
    [row] = Exposure.objects.all()
    assert (bytes(row.unit), row.reference, row.source) == (
        unit_of("u1"),
        first["decision_id"],
        "recommendation",
    )
    assert experiment.variants.get(pk=row.variant_id).key == first["experiments"]["home-test"]


def test_without_valkey_the_exposure_goes_straight_to_the_database(ask, runs, settings) -> None:
    runs()
    redis.close()
    settings.REDIS_URL = "unix:///nowhere/valkey.sock"
    ask(user_id="u1")
    redis.close()
    assert Exposure.objects.count() == 1


def test_a_visitor_keeps_the_variant_when_the_profile_is_made(ask, runs, send, unit_of) -> None:
    runs()
    for variant in ("control", "short"):
        visitor = somebody_in(ask, variant, "anonymous_id")
        send(clicked(anonymousId=visitor))
        assert Profile.objects.filter(unit=unit_of(visitor, "anonymous_id")).exists()
        assert ask(anonymous_id=visitor)["experiments"] == {"home-test": variant}
    traces.drain()
    assert not Exposure.objects.filter(crossed=True).exists()


def test_who_signs_in_for_the_first_time_keeps_the_visitors_variant(ask, runs, send) -> None:
    runs()
    visitor = somebody_in(ask, "short", "anonymous_id")
    send(clicked(anonymousId=visitor))
    send({"type": "identify", "userId": "new-1", "anonymousId": visitor})
    assert ask(user_id="new-1")["experiments"] == {"home-test": "short"}


def test_a_browser_keeps_the_variant_of_a_known_shopper_without_a_token(
    api, publishable_key, ask, runs, send
) -> None:
    runs()
    visitor = somebody_in(ask, "short", "anonymous_id")
    send(clicked(anonymousId=visitor))
    send({"type": "identify", "userId": "u1", "anonymousId": visitor})
    answer = api(publishable_key).get(PATH, {"anonymous_id": visitor}).json()
    assert answer["experiments"] == {"home-test": "short"}


def test_whoever_refuses_personalisation_is_in_no_experiment(ask, runs, send) -> None:
    runs()
    send(clicked("u1"))
    Profile.objects.update(consent_personalisation=False)
    assert "experiments" not in ask(user_id="u1")


def test_a_request_that_names_nobody_is_in_no_experiment(ask, runs) -> None:
    runs()
    assert "experiments" not in ask()


@pytest.mark.parametrize("verb", ["pause", "stop"])
def test_a_cached_answer_ends_with_the_experiment(
    ask, runs, tenant, verb, django_capture_on_commit_callbacks
) -> None:
    experiment = runs()
    assert ask(user_id="u1")["experiments"]
    with django_capture_on_commit_callbacks(execute=True):
        getattr(services, verb)(tenant.schema_name, experiment.pk, actor=ACTOR)
    assert "experiments" not in ask(user_id="u1")


def test_whoever_is_held_out_gets_the_usual_and_is_counted_so(ask, runs) -> None:
    runs("held", kind="holdout", placement="", variants=(("held-out", 99, {}), ("everybody-else", 1, {})))
    runs()
    answers = [ask(user_id=f"u{n}") for n in range(10)]
    held = [a for a in answers if a["experiments"] == {"held": "held-out"}]
    assert held
    assert {len(a["items"]) for a in held} == {12}


def test_of_an_erased_person_no_exposure_is_written(ask, runs, tenant, unit_of) -> None:
    runs()
    ask(user_id="u1")
    with connection.cursor() as cursor:
        suppress(cursor, tenant.schema_name, [unit_of("u1")], request_id=uuid.uuid4())
    traces.drain()
    assert not Exposure.objects.exists()


def test_a_segments_members_take_part_and_nobody_else(ask, runs, send, unit_of) -> None:
    send(clicked("member"), clicked("other"))
    segment = Segment.objects.create(key="loyal", name="Loyal", status="live")
    member = Profile.objects.get(unit=unit_of("member"))
    SegmentMember.objects.create(segment=segment, profile_id=member.pk, entered_at=timezone.now())
    runs(segment=segment)
    assert ask(user_id="member")["experiments"]
    assert "experiments" not in ask(user_id="other")
    assert "experiments" not in ask(user_id="stranger")


def test_a_segments_member_takes_part_whoever_asks_and_only_the_trusted_are_told(
    api, publishable_key, ask, runs, send, tenant
) -> None:
    for n in range(6):
        send(clicked(anonymousId=f"a{n}"))
        send({"type": "identify", "userId": f"u{n}", "anonymousId": f"a{n}"})
    segment = Segment.objects.create(key="loyal", name="Loyal", status="live")
    SegmentMember.objects.bulk_create(
        SegmentMember(segment=segment, profile_id=profile, entered_at=timezone.now())
        for profile in Profile.objects.values_list("pk", flat=True)
    )
    runs("loyal-test", segment=segment)
    other = make_experiment("everybody-test", variants=SIZES)
    # It changes the same, and does without those whom the first one has.
    services.start(tenant.schema_name, other.pk, actor=ACTOR, overlapping=True)
    for n in range(6):
        told = ask(user_id=f"u{n}")
        untold = api(publishable_key).get(PATH, {"anonymous_id": f"a{n}"}).json()
        assert (told["experiments"].keys(), "experiments" in untold) == ({"loyal-test"}, False)
        assert len(told["items"]) == len(untold["items"])
    traces.drain()
    shown = [decision.trace["experiments"] for decision in Decision.objects.all()]
    assert len(shown) == 12
    assert {arm["experiment"] for arms in shown for arm in arms} == {"loyal-test"}


class TestPreview:
    def test_anybody_sees_it_and_nothing_is_counted(self, ask, runs) -> None:
        runs()
        for variant, items in (("control", 12), ("short", 3)):
            answer = ask(user_id="u1", preview=f"home-test:{variant}")
            assert (answer["experiments"], len(answer["items"])) == ({"home-test": variant}, items)
        traces.drain()
        assert not Exposure.objects.exists()
        assert not Decision.objects.exists()

    def test_only_with_a_secret_key(self, api, publishable_key, runs) -> None:
        runs()
        response = api(publishable_key).get(PATH, {"anonymous_id": "a", "preview": "home-test:short"})
        assert (response.status_code, response.json()["code"]) == (403, "secret_key_required")

    @pytest.mark.parametrize("named", ["home-test:long", "other:short", "home-test"])
    def test_an_unknown_variant_is_refused(self, api, secret_key, runs, named) -> None:
        runs()
        response = api(secret_key).get(PATH, {"user_id": "u1", "preview": named})
        assert (response.status_code, response.json()["code"]) == (400, "unknown_variant")


class TestModels:
    """A variant with another model; it runs only while that model can be served."""

    @pytest.fixture
    def versions(self, tenant) -> list[ModelVersion]:
        first, second = train_tenant(tenant.schema_name), train_tenant(tenant.schema_name)
        return [first, second]

    def run(self, runs, version: str) -> None:
        runs(variants=(("control", 50, {}), ("older", 50, {"model": version})))

    def test_each_variant_is_answered_by_its_model(self, ask, runs, versions) -> None:
        self.run(runs, versions[0].version)
        shown = {
            (a["experiments"]["home-test"], a["model_version"])
            for a in (ask(user_id=f"u{n}") for n in range(20))
        }
        assert shown == {("control", versions[1].version), ("older", versions[0].version)}

    def test_a_damaged_model_takes_the_experiment_out_not_one_variant(
        self, ask, runs, versions, tenant
    ) -> None:
        self.run(runs, versions[0].version)
        (artefact_folder(tenant.schema_name, versions[0].version) / "arrays.bin").write_bytes(b"no array")
        forget_states()
        assert all("experiments" not in ask(user_id=f"u{n}") for n in range(6))

    def test_items_that_change_reach_both_models(
        self, ask, runs, versions, shop, tenant, django_capture_on_commit_callbacks
    ) -> None:
        self.run(runs, versions[0].version)
        names = {variant: somebody_in(ask, variant) for variant in ("control", "older")}
        with django_capture_on_commit_callbacks(execute=True):
            upsert_items(tenant.schema_name, [ItemInput(item_id="i5", available=False)], currency="USD")
        for name in names.values():
            assert "i5" not in {item["item_id"] for item in ask(user_id=name, n=9)["items"]}


def test_an_experiment_costs_no_query_and_no_round_trip(ask, runs, monkeypatch, tenant) -> None:
    ask(user_id="u0"), ask(user_id="u0", n=1)
    calls: list[str] = []
    mine = threading.get_ident()

    def noted(name: str, work: Any) -> Any:
        def call(*args: Any, **kwargs: Any) -> Any:
            if threading.get_ident() == mine:  # watchers and refreshes have threads of their own
                calls.append(name)
            return work(*args, **kwargs)

        return call

    monkeypatch.setattr(psycopg.Cursor, "execute", noted("sql", psycopg.Cursor.execute))
    monkeypatch.setattr(redis, "exchange", noted("valkey", redis.exchange))

    def fewest(*sizes: int) -> list[str]:
        """Of several answers, each another size and so none from a cache: what is looked up now and then is in some."""
        seen = []
        for n in sizes:
            calls.clear()
            answer = ask(user_id="u0", n=n)
            seen.append(list(calls))
        assert answer["items"]
        return min(seen, key=len)

    without = fewest(2, 3, 4)
    runs()
    redis.run(lambda client: client.set(f"{tenant.schema_name}:epoch", "moved"))
    assert ask(user_id="u0", n=5)["experiments"]
    assert fewest(6, 7, 8) == without
