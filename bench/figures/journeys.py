"""Journeys: transitions a second, and how punctually two hundred thousand waiting shoppers are woken."""

from __future__ import annotations

import time

from django.db import connection

from tenants.models import Tenant
from tenants.provisioning import create_tenant, offboard

from ..ground.enrolments import advance_all, at_once, claim_all, fill, published
from ..outcome import Figure
from ..run import Run

TENANT = "bench-journeys"
PROCESSES = 2
ENROLMENTS = 60_000
WAITING = 200_000
LEAD_SECONDS = 8
# All of them are due within this: about a third of what the engine can do.
SPREAD_SECONDS = 150


class Stuck(Exception):
    """Shoppers were still waiting long after they were due."""


def measure(run: Run) -> list[Figure]:
    return [transitions(run), punctuality(run)]


def transitions(run: Run) -> Figure:
    count = run.count(ENROLMENTS)
    tenant = _tenant()
    try:
        version = published(tenant)
        with run.stack.workers_paused():
            fill(tenant, version, count, node="wait", first=-600, spread=1)
            claimed, floor = at_once(claim_all, tenant.schema_name, PROCESSES)
            _due_again(tenant)
            woken, taken = at_once(advance_all, tenant.schema_name, PROCESSES)
            made = _steps(tenant)
    finally:
        offboard(tenant, actor="bench")
    if woken != count or made != 2 * count:
        raise Stuck(f"{woken:,} of {count:,} shoppers went on, with {made:,} steps")
    return Figure(
        "journey_transitions",
        made / taken,
        "transitions/s",
        protocol=(
            f"{count:,} shoppers come to the end of a delay, through a condition on a feature and into the next delay: two "
            f"transitions each, with outcome, counts and next wait persisted; {PROCESSES} processes in batches of 500"
        ),
        reference="claiming the same rows in the same batches and putting them off (rows/s)",
        reference_value=claimed / floor,
        note=f"{woken / taken:,.0f} shoppers/s",
    )


def punctuality(run: Run) -> Figure:
    count, spread = run.count(WAITING), run.seconds(SPREAD_SECONDS)
    tenant = _tenant()
    try:
        version = published(tenant)
        run.say(f"{count:,} shoppers wait")
        fill(tenant, version, count, node="again", first=LEAD_SECONDS + count / 40_000, spread=spread)
        deadline = time.monotonic() + LEAD_SECONDS + spread + 120
        while _waiting(tenant):
            if time.monotonic() > deadline:
                raise Stuck(f"{_waiting(tenant):,} of {count:,} shoppers are still waiting")
            time.sleep(1)
        early, p50, p99, worst = _errors(tenant)
    finally:
        offboard(tenant, actor="bench")
    return Figure(
        "journey_wake_up_p99",
        p99,
        "s",
        protocol=(
            f"{count:,} shoppers wait, due evenly over {spread:.0f} s; worker and beat of the running stack wake them; from "
            "the planned moment to the moment of the step"
        ),
        note=f"median {p50:.2f} s, worst {worst:.2f} s, {early} too early",
    )


def _tenant() -> Tenant:
    return create_tenant(TENANT, "Bench", hosts=[f"{TENANT}.localhost"])


def _due_again(tenant: Tenant) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            f"""UPDATE "{tenant.schema_name}".journeys_enrolment SET resume_at = resume_at - interval '1 day'"""
        )
        cursor.execute(f'VACUUM ANALYZE "{tenant.schema_name}".journeys_enrolment')


def _steps(tenant: Tenant) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT count(*) FROM "{tenant.schema_name}".journeys_step')
        return int(cursor.fetchone()[0])


def _waiting(tenant: Tenant) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            f'SELECT count(*) FROM "{tenant.schema_name}".journeys_enrolment WHERE finished_at IS NULL'
        )
        return int(cursor.fetchone()[0])


def _errors(tenant: Tenant) -> tuple[int, float, float, float]:
    """(too early, median, p99, worst) in seconds: how far after its moment each shopper went on."""
    schema = tenant.schema_name
    with connection.cursor() as cursor:
        cursor.execute(
            f"""SELECT count(*) FILTER (WHERE late < 0), percentile_cont(0.5) WITHIN GROUP (ORDER BY late),
                       percentile_cont(0.99) WITHIN GROUP (ORDER BY late), max(late)
                FROM (SELECT extract(epoch FROM s.at - e.entered_at - interval '1 day')::float8 AS late
                      FROM "{schema}".journeys_step s JOIN "{schema}".journeys_enrolment e ON e.id = s.enrolment_id
                      WHERE s.node = 'again') AS errors"""
        )
        early, p50, p99, worst = cursor.fetchone()
    return int(early), float(p50), float(p99), float(worst)
