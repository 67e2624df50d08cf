"""Counts of what arrived, and what the merchant says about bots and repetitions."""

from __future__ import annotations

from typing import Any

from django.db import models


def _list() -> list[str]:
    return []


class ArrivalRules(models.Model):
    """One row: how bots and repeated events are recognised. Without the row the defaults hold."""

    by_agent = models.BooleanField("recognise bots by their user agent", default=True)
    agents_blocked: Any = models.JSONField(
        default=_list, help_text="parts of user agents that are bots, whatever the list of known bots says"
    )
    agents_allowed: Any = models.JSONField(
        default=_list, help_text="parts of user agents that are people, such as a shop's own app"
    )
    by_rate = models.BooleanField("recognise bots by how fast they look at pages", default=True)
    views_a_minute = models.PositiveIntegerField(
        default=120, help_text="more pages or products than this, three minutes in a row, are no person's"
    )
    same_pages = models.BooleanField("leave out a page that was sent twice", default=True)
    same_orders = models.BooleanField("leave out an order that was sent twice", default=True)
    same_events: Any = models.JSONField(
        default=_list, help_text="names of other events that are left out when they were sent twice"
    )
    window_seconds = models.PositiveSmallIntegerField(
        default=2, help_text="how far apart the same page or event is one that was sent twice"
    )

    def __str__(self) -> str:
        return "rules for bots and repetitions"


class Suspect(models.Model):
    """A visitor or user who looks at pages faster than any person: what they send is a bot's until `until`."""

    handle = models.BinaryField(max_length=16, primary_key=True, help_text="blind index of the identifier")
    views = models.PositiveIntegerField(help_text="pages and products in the busiest minute")
    since = models.DateTimeField()
    until = models.DateTimeField(db_index=True)
    cleared = models.BooleanField(default=False, help_text="staff said that it is a person")

    def __str__(self) -> str:
        return f"suspect since {self.since:%Y-%m-%d %H:%M}"


class OrderSeen(models.Model):
    """An order that counted, so that it counts once whoever sends it again; kept for 28 days."""

    key = models.UUIDField(primary_key=True, help_text="keyed hash of the order (see arrivals.orders)")
    message_key = models.UUIDField(db_index=True, help_text="of the event that counted")
    seen_on = models.DateField(db_index=True)

    def __str__(self) -> str:
        return str(self.key)


class EventTally(models.Model):
    """What one batch adds to `EventCount`; folded into it later, so that batches share no row."""

    hour = models.DateTimeField()
    type = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=80)
    outcome = models.PositiveSmallIntegerField(help_text="see arrivals.outcomes")
    events = models.BigIntegerField()
    seen_at = models.DateTimeField(help_text="when the newest of them was received")

    def __str__(self) -> str:
        return f"+{self.events} {self.name or self.type}"


class EventCount(models.Model):
    """How many events of a name arrived in an hour, by what became of them."""

    pk = models.CompositePrimaryKey("hour", "type", "name", "outcome")
    hour = models.DateTimeField()
    type = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=80, help_text="empty: none, or one of too many")
    outcome = models.PositiveSmallIntegerField(help_text="see arrivals.outcomes")
    events = models.BigIntegerField()
    seen_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.events} {self.name or self.type}"
