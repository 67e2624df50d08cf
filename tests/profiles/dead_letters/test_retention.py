"""Letters are forgotten in time, and no others."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone

from profiles.dead_letters.retention import forget_old
from profiles.models import DeadLetter


@pytest.mark.parametrize(
    ("status", "days", "gone"),
    [
        ("open", 89, False),
        ("open", 91, True),
        ("replayed", 29, False),
        ("replayed", 31, True),
        ("discarded", 31, True),
    ],
)
def test_after_so_many_days(scope, inside, status, days, gone):
    past = timezone.now() - dt.timedelta(days=days)
    letter = DeadLetter.objects.create(
        reason="x", handle=b"h" * 16, payload=b"p", status=status, settled_at=past
    )
    DeadLetter.objects.update(received_at=past)
    assert forget_old(scope.schema) == int(gone)
    assert DeadLetter.objects.filter(pk=letter.pk).exists() is not gone
