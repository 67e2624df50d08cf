"""What a shopper has agreed to, readable: for the API and the shopper's page."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.db import connection
from psycopg import Cursor

from compliance import consent
from compliance.consent import CHANNELS, Choice, Key
from compliance.models import ConsentRecord
from compliance.preferences import preferences
from tenants.crypto import blind_index
from tenants.scope import Scope

from .consents import Named
from .models import Identifier

HISTORY = 100
# Every purpose; marketing as a whole and by each channel.
ROWS: tuple[Key, ...] = (
    ("analytics", ""),
    ("personalisation", ""),
    ("marketing", ""),
    *(("marketing", channel) for channel in CHANNELS),
)


def consent_view(scope: Scope, shopper: Named | int, *, history: int = HISTORY) -> dict[str, Any]:
    """{consents: […], history: […]}; of somebody unknown the defaults and nothing. Reads the connection's tenant."""
    profile_id = shopper if isinstance(shopper, int) else _profile_of(scope, shopper)
    connection.ensure_connection()
    with Cursor(connection.connection) as cursor:
        mine = (
            consent.states(cursor, scope.schema, [profile_id]).get(profile_id, {})
            if profile_id is not None
            else {}
        )
        defaults = preferences(cursor, scope.tenant_id).defaults
    return {
        "consents": [_state(key, mine, defaults) for key in ROWS],
        "history": [_said(row) for row in ConsentRecord.objects.filter(profile_id=profile_id)[:history]]
        if profile_id is not None
        else [],
    }


def as_if(scope: Scope, choices: Iterable[Choice]) -> dict[str, Any]:
    """The view of somebody unknown who has just said `choices`: for whoever may not learn that they were erased."""
    now = dt.datetime.now(dt.UTC)
    mine = {(c.purpose, c.channel): consent.State(c, now, now, "shopper") for c in choices}
    connection.ensure_connection()
    with Cursor(connection.connection) as cursor:
        defaults = preferences(cursor, scope.tenant_id).defaults
    said = [_state(key, mine, defaults) for key in mine]
    return {"consents": [_state(key, mine, defaults) for key in ROWS], "history": said}


def _profile_of(scope: Scope, named: Named) -> int | None:
    blind = blind_index(scope.tenant_id, *named)
    return Identifier.objects.filter(blind=blind).values_list("profile_id", flat=True).first()


def _state(key: Key, mine: consent.States, defaults: Any) -> dict[str, Any]:
    """The word for `key`; where there is none, what holds in its stead, marked as not recorded."""
    purpose, channel = key
    state = mine.get(key)
    granted = consent.effective(mine, defaults, purpose, channel)
    return {
        "purpose": purpose,
        "channel": channel or None,
        "granted": granted,
        "recorded": state is not None,
        "lawful_basis": state.choice.lawful_basis if state else _usual_basis(purpose, granted),
        "source": state.choice.source if state else None,
        "text_version": (state.choice.text_version or None) if state else None,
        "at": _iso(state.at) if state else None,
    }


def _usual_basis(purpose: str, granted: bool) -> str:
    return "legitimate_interest" if granted and purpose != "marketing" else "consent"


def _said(row: ConsentRecord) -> dict[str, Any]:
    return {
        "purpose": row.purpose,
        "channel": row.channel or None,
        "granted": row.granted,
        "recorded": True,
        "lawful_basis": row.lawful_basis,
        "source": row.source,
        "text_version": row.text_version or None,
        "at": _iso(row.at),
    }


def _iso(moment: dt.datetime) -> str:
    return moment.astimezone(dt.UTC).isoformat()
