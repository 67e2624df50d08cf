"""The shop window's sessions: which shopper a browser chose to be. Staff may be signed in with the same session."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.utils import timezone

from compliance.matching import Needles
from compliance.registry import Person

from ..shop.chosen import CHOSEN

PORTION = 2_000


def export(person: Person) -> Iterator[dict[str, Any]]:
    for session, chosen in _sessions(person):
        yield {"shop_window": chosen, "until": session.expire_date.isoformat()}


def erase(person: Person) -> int:
    """Take the shopper out of the sessions; whoever was signed in stays so."""
    count = 0
    for session, _ in _sessions(person):
        content = session.get_decoded()
        del content[CHOSEN]
        if content:
            session.session_data = SessionStore().encode(content)
            session.save(update_fields=["session_data"])
        else:
            session.delete()
        count += 1
    return count


def verify(person: Person) -> int:
    return sum(1 for _ in _sessions(person))


def _sessions(person: Person) -> Iterator[tuple[Session, dict[str, Any]]]:
    needles = Needles.of(person)
    after = ""
    while True:
        rows = list(Session.objects.filter(session_key__gt=after).order_by("session_key")[:PORTION])
        for session in rows:
            chosen = session.get_decoded().get(CHOSEN)
            if chosen and needles.in_value(chosen.get("user_id"), "user_id"):
                yield session, chosen
        if len(rows) < PORTION:
            return
        after = rows[-1].session_key


def forget_expired() -> int:
    """Sessions that ended still hold their shopper until somebody deletes them."""
    return int(Session.objects.filter(expire_date__lt=timezone.now()).delete()[0])
