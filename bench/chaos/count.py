"""What is true afterwards: everybody at the end, every step once, every message delivered under one key."""

from __future__ import annotations

from django.db import connection
from django.db.models import Count

from journeys.models import Enrolment, Message, Step
from journeys.selectors.counts import counts
from tenants.db import tenant_connection
from tenants.models import Tenant

from .ground import SENDS, STEPS
from .sink import Sink


def unfinished(tenant: Tenant, enrolments: int) -> int:
    """Who has not come to the end, or not entered yet."""
    with tenant_connection(tenant.schema_name):
        return max(enrolments - Enrolment.objects.exclude(finished_at=None).count(), 0)


def wrong(tenant: Tenant, sink: Sink, enrolments: int) -> list[str]:
    """Everything that is not as it should be, in sentences; empty when nothing was lost and nothing came twice."""
    found = []
    with tenant_connection(tenant.schema_name):
        states = dict(Enrolment.objects.values_list("outcome").annotate(n=Count("id")))
        if states != {"completed": enrolments}:
            found.append(f"Enrolments ended as {states}, not {enrolments} completed.")
        steps = Step.objects.values("enrolment_id").annotate(
            n=Count("id"), distinct=Count("node", distinct=True)
        )
        odd = steps.exclude(n=STEPS, distinct=STEPS).count()
        if odd:
            found.append(f"{odd} enrolments have steps missing or twice.")
        keys = dict(Message.objects.values_list("key", "state"))
        if len(keys) != enrolments * len(SENDS):
            found.append(f"{len(keys)} messages were made, not {enrolments * len(SENDS)}.")
        unsent = [key for key, state in keys.items() if state != "sent"]
        if unsent:
            found.append(f"{len(unsent)} messages are not sent, such as {unsent[0]} ({keys[unsent[0]]}).")
        lost = keys.keys() - sink.calls.keys()
        if lost:
            found.append(f"{len(lost)} messages count as sent and never arrived.")
        strange = sink.calls.keys() - keys.keys()
        if strange:
            found.append(f"{len(strange)} calls had a key that no message has.")
        if sink.changed:
            found.append(f"{len(sink.changed)} keys came again with another body.")
        found += _counts(enrolments)
    return found


def _counts(enrolments: int) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM journeys_journey")
        journey = cursor.fetchone()[0]
    from journeys.models import Journey

    there = counts(Journey.objects.get(pk=journey))
    odd = [key for key in SENDS if there[key].ports.get("next") != enrolments or there[key].here]
    return [f"The counts at {', '.join(odd)} are not {enrolments}."] if odd else []
