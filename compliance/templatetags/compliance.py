"""How this room's pages say moments and time that is left."""

from __future__ import annotations

import datetime as dt

from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

register = template.Library()


@register.filter
def moment(value: str | dt.datetime | None) -> str:
    """A moment out of JSON (ISO 8601), as a `time` element that scripts show in the reader's zone."""
    if not value:
        return "–"
    at = dt.datetime.fromisoformat(value) if isinstance(value, str) else value
    return format_html(
        '<time datetime="{}">{}</time>',
        at.isoformat(),
        at.astimezone(dt.UTC).strftime("%-d %B %Y, %H:%M UTC"),
    )


@register.filter
def left(due_at: dt.datetime) -> str:
    """ "12 days left", "due today", "3 days late"."""
    days = _days_until(due_at)
    if days >= 1:
        return ngettext("%(n)s day left", "%(n)s days left", days) % {"n": days}
    if days == 0:
        return _("due today")
    return ngettext("%(n)s day late", "%(n)s days late", -days) % {"n": -days}


@register.filter
def urgency(due_at: dt.datetime) -> str:
    """The tone of a pill: bad when late or within three days, warn within ten."""
    days = _days_until(due_at)
    return "bad" if days < 3 else "warn" if days < 10 else ""


def _days_until(due_at: dt.datetime) -> int:
    """By the calendar, as people count: a request of today with 30 days has 30 days left until midnight."""
    return (timezone.localdate(due_at) - timezone.localdate()).days
