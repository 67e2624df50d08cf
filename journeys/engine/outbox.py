"""Messages that a batch hands to the outbox, in its own transaction."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from psycopg import Cursor

from tenants.scope import Scope

from .advance import Progress, StepMade
from .write import Outgoing


def outgoing_of(cursor: Cursor, scope: Scope, walks: Sequence[Progress], now: dt.datetime) -> list[Outgoing]:
    """One message for each walk that stopped at a send. Where the template is gone the walk goes on as “not sent”."""
    sending = [walk for walk in walks if walk.deliver is not None]
    if not sending:
        return []
    keys = {walk.deliver.template for walk in sending if walk.deliver}
    rows = cursor.execute(
        f"""SELECT key, id, channel, kind = 'marketing' FROM "{scope.schema}".journeys_template
            WHERE key = ANY(%b::text[])""",
        [list(keys)],
        binary=True,
    ).fetchall()
    templates = {key: (template_id, channel, marketing) for key, template_id, channel, marketing in rows}
    messages = []
    for walk in sending:
        who, deliver = walk.who, walk.deliver
        found = templates.get(deliver.template) if deliver else None
        if deliver is None or found is None:
            reason = f"there is no template “{deliver.template if deliver else ''}” any more"
            walk.deliver, walk.wait_reason = None, reason
            walk.finished = ("failed", reason)
            walk.steps.append(StepMade(who.visit, who.node, now, "", "failed", reason))
            continue
        messages.append(
            Outgoing(
                key=message_key(who.id, who.node, who.visit),
                profile_id=who.profile_id,
                unit=bytes(who.unit),
                template_id=found[0],
                channel=found[1],
                marketing=found[2],
                due=now,
                journey_id=who.journey_id,
                enrolment_id=who.id,
                node=who.node,
                context=bytes(who.context),
            )
        )
    return messages


def message_key(enrolment_id: int, node: str, visit: int) -> str:
    """The same visit of the same node is the same message, however often it is made."""
    return f"journey:{enrolment_id}:{node}:{visit}"
