"""The exposure log: first exposure counts, twice is harmless, crossings are seen, merges are followed."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection
from django.utils import timezone

from experiments.exposures import Exposure, merge_units, record
from experiments.models import Conversion
from experiments.models import Exposure as Row
from profiles.models import Identifier, Profile

from .conftest import make_experiment

pytestmark = pytest.mark.usefixtures("inside")
A, B, C = (bytes([n]) * 16 for n in (1, 2, 3))
NOON = dt.datetime(2026, 5, 1, 12, tzinfo=dt.UTC)


@pytest.fixture
def experiment():
    return make_experiment()


@pytest.fixture
def log(tenant, experiment):
    """`log((variant index, unit, minutes after noon), …)`"""
    variants = [v.pk for v in experiment.variants.all()]

    def write(*seen: tuple[int, bytes, int]) -> None:
        with connection.cursor() as cursor:
            record(
                cursor,
                tenant.schema_name,
                [Exposure(experiment.pk, variants[v], u, NOON + dt.timedelta(minutes=m), "journey", f"{m}") for v, u, m in seen],
            )  # fmt: skip

    return write


@pytest.fixture
def rows(experiment):
    names = {v.pk: i for i, v in enumerate(experiment.variants.all())}
    return lambda: {
        bytes(r.unit): (names[r.variant_id], int((r.at - NOON).total_seconds() // 60), r.crossed)
        for r in Row.objects.all()
    }


def merge(tenant, *pairs: tuple[bytes, bytes]) -> None:
    with connection.cursor() as cursor:
        merge_units(cursor, tenant.schema_name, pairs)


def test_the_first_counts_however_they_arrive(log, rows) -> None:
    log((0, A, 5), (0, A, 3))
    log((0, A, 9))
    log((0, A, 1))
    assert rows() == {A: (0, 1, False)}


def test_twice_is_harmless(log, rows) -> None:
    for _ in range(2):
        log((0, A, 5), (1, B, 6))
    assert rows() == {A: (0, 5, False), B: (1, 6, False)}


def test_two_variants_are_a_crossing_within_a_batch_and_between_two(log, rows) -> None:
    log((0, A, 1), (1, A, 2), (0, B, 1))
    log((1, B, 2))
    assert rows() == {A: (0, 1, True), B: (0, 1, True)}


def test_a_merge_keeps_the_earlier_moment_of_the_same_variant(tenant, log, rows) -> None:
    log((1, A, 1), (1, B, 5))
    merge(tenant, (A, B))
    assert rows() == {B: (1, 1, False)}


def test_a_merge_of_two_variants_is_a_crossing(tenant, log, rows) -> None:
    log((0, A, 1), (1, B, 5))
    merge(tenant, (A, B))
    assert rows() == {B: (1, 1, True)}


def test_merges_follow_each_other(tenant, log, rows) -> None:
    log((0, A, 1))
    merge(tenant, (A, B), (B, C))
    assert rows() == {C: (0, 1, False)}


def test_conversions_move_with_the_unit(tenant) -> None:
    Conversion.objects.create(unit=A, event_id=1, what="order", at=NOON)
    merge(tenant, (A, B))
    assert [bytes(c.unit) for c in Conversion.objects.all()] == [B]


def test_an_exposure_that_waited_while_the_visitor_signed_in_is_the_shoppers(log, rows) -> None:
    now = timezone.now()
    profile = Profile.objects.create(unit=B, first_seen_at=now, last_seen_at=now)
    Identifier.objects.create(profile=profile, kind="anonymous_id", blind=A, value_sealed=b"x")
    log((0, A, 1))
    assert rows() == {B: (0, 1, False)}


def test_of_an_experiment_that_is_gone_nothing_is_written(tenant, rows) -> None:
    with connection.cursor() as cursor:
        record(cursor, tenant.schema_name, [Exposure(999_999, 1, A, NOON, "journey")])
    assert rows() == {}
