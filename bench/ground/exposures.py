"""A tenant with a large experiment: shoppers with a past, exposures over two weeks, clicks and orders."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import connection

from experiments.models import Experiment, ExperimentMetric, Metric, Variant
from tenants.db import tenant_connection

DAYS = 14
METRICS = {
    "revenue-per-shopper": "primary",
    "conversion": "secondary",
    "click-through": "secondary",
    "average-order-value": "guardrail",
}
UNIT = "decode(md5(n::text), 'hex')"
# A number of 0 to 1 from the shopper and a letter, the same in every statement.
CHANCE = "((hashint8extended(n, {seed}) & 1048575)::float8 / 1048576)"


def large_experiment(schema: str, units: int, now: dt.datetime) -> Experiment:
    """`units` exposures; about every tenth shopper orders, every fifth clicks, every second has bought before."""
    start = now - dt.timedelta(days=DAYS)
    with tenant_connection(schema):
        made = Experiment.objects.create(
            key="bench", name="Bench", status="running", started_at=start, planned_units=units // 2
        )
        variants = [
            Variant.objects.create(
                experiment=made, key=key, name=key, weight=50, position=place, is_control=not place
            )
            for place, key in enumerate(("control", "treatment"))
        ]
        for position, (key, role) in enumerate(METRICS.items()):
            metric = Metric.objects.get(key=key)
            ExperimentMetric.objects.create(experiment=made, metric=metric, role=role, position=position)
        with connection.cursor() as cursor:
            for statement, parameters in _statements(made, variants, units, start):
                cursor.execute(statement, parameters)
    return made


def _statements(
    made: Experiment, variants: list[Variant], units: int, start: dt.datetime
) -> list[tuple[str, list[Any]]]:
    def chance(seed: int) -> str:
        return CHANCE.format(seed=seed)

    shoppers = "generate_series(1, %s::bigint) AS n"
    at = f"%s::timestamptz + {chance(1)} * interval '{DAYS} days'"
    return [
        (
            f"""INSERT INTO profiles_profile (uuid, unit, traits_sealed, features, counters, consent_personalisation,
                    version, first_seen_at, last_seen_at)
                SELECT gen_random_uuid(), {UNIT}, '', '{{}}', '{{}}', true, 1, %s, %s FROM {shoppers}""",
            [start, start, units],
        ),
        (
            f"""INSERT INTO profiles_interaction (profile_id, item_id, kind, at, quantity, value, order_key, place, channel)
                SELECT id, 1, 3, %s::timestamptz - {chance(2)} * interval '40 days', 1, 10 + 40 * {chance(3)}, n, -1, 'web'
                FROM (SELECT id, row_number() OVER (ORDER BY id) AS n FROM profiles_profile) AS p
                WHERE {chance(4)} < 0.5""",
            [start],
        ),
        (
            f"""INSERT INTO experiments_exposure (experiment_id, unit, variant_id, at, source, reference, crossed)
                SELECT %s, {UNIT}, CASE WHEN {chance(5)} < 0.5 THEN %s ELSE %s END, {at}, 'recommendation', '',
                       {chance(6)} < 0.002 FROM {shoppers}""",
            [made.pk, variants[0].pk, variants[1].pk, start, units],
        ),
        *(
            (
                f"""INSERT INTO experiments_conversion (unit, event_id, what, at, value, quantity)
                    SELECT {UNIT}, n, %s, {at} + {chance(7)} * interval '10 days', 10 + 40 * {chance(8)}, 1
                    FROM {shoppers} WHERE {chance(seed)} < %s""",
                [what, start, units, share],
            )
            for what, seed, share in (("order", 9, 0.1), ("click", 10, 0.2))
        ),
        ("ANALYZE profiles_profile", []),
        ("ANALYZE profiles_interaction", []),
        ("ANALYZE experiments_exposure", []),
        ("ANALYZE experiments_conversion", []),
    ]
