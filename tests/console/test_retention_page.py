"""Periods are changed with a look at what goes; who may only look changes nothing."""

from profiles.retention.periods import Periods, periods_of
from tenants.models import Tenant


def test_periods_are_saved(desk, tenant):
    client = desk("compliance officer")
    assert "Nothing is old enough to go." in client.get("/admin/retention/").content.decode()
    client.post("/admin/retention/", {"event_months": "6", "letter_days": "30"})
    assert periods_of(Tenant.objects.get(pk=tenant.pk)) == Periods(6, 30)


def test_a_wrong_period_is_said_and_not_stored(desk, tenant):
    answer = desk("owner").post("/admin/retention/", {"event_months": "1", "letter_days": "30"})
    assert (answer.status_code, "3 to 120 months" in answer.content.decode()) == (400, True)
    assert periods_of(Tenant.objects.get(pk=tenant.pk)) == Periods()


def test_what_would_go_is_shown_before_it_is_saved(desk, inside):
    from profiles.models import DeadLetter

    letter = DeadLetter.objects.create(reason="x", handle=b"h", payload=b"p")
    DeadLetter.objects.filter(pk=letter.pk).update(received_at="2025-01-01T00:00:00Z")
    client = desk("owner")
    going = client.get("/admin/retention/going/?event_months=3&letter_days=7").content.decode()
    assert "1 dead letter" in going
    assert DeadLetter.objects.filter(pk=letter.pk).exists()
    assert "whole numbers" in client.get("/admin/retention/going/?event_months=x").content.decode()
