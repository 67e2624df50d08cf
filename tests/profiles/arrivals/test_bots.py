"""What bots send is kept and marked, and counts for nobody."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection, transaction
from psycopg import Cursor

from profiles.arrivals.agents import bot_by_agent
from profiles.arrivals.expel import readmit
from profiles.arrivals.rules import Rules
from profiles.flags import BOT, ROBOTIC
from profiles.models import Profile, Suspect
from tenants.db import tenant_connection

from ..conftest import event, viewed

CRAWLER = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 16_5 like Mac OS X) AppleWebKit/605.1.15 Version/16.5 Mobile/15E148 Safari/604.1"


@pytest.mark.parametrize(
    ("agent", "bot"),
    [
        (CRAWLER, True),
        ("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 HeadlessChrome/120.0.0.0 Safari/537.36", True),
        ("Mozilla/5.0 (compatible; GPTBot/1.1; +https://openai.com/gptbot)", True),
        ("python-requests/2.31", True),
        (PHONE, False),
        ("okhttp/4.9.0", False),
        ("MyShop/3.2 CFNetwork/1408.0.4 Darwin/22.5.0", False),
        ("Dart/3.0 (dart:io)", False),
        ("", False),
    ],
)
def test_by_user_agent(agent, bot):
    assert bool(bot_by_agent(Rules(), agent)) is bot


def test_a_bots_event_is_kept_and_makes_no_profile(send, process, rows, flags):
    send(viewed("u1", context={"userAgent": CRAWLER}), viewed("u2", context={"userAgent": PHONE}))
    assert process() == 2
    assert flags() == [BOT, 0]
    assert rows("SELECT count(*) FROM {s}.profiles_profile") == [(1,)]
    assert rows("SELECT count(*) FROM {s}.profiles_interaction") == [(1,)]
    assert rows("SELECT count(*) FROM {s}.profiles_eventqueue") == [(0,)]


def test_a_bots_event_does_not_count_for_a_known_shopper(send, process, shopper):
    send(viewed("u1"))
    process()
    before = shopper("u1").version
    send(viewed("u1", "i2", context={"userAgent": CRAWLER}))
    process()
    assert shopper("u1").version == before


def test_staff_say_what_is_a_bot_and_what_is_not(send, process, flags, say):
    say(agents_blocked=["PriceWatch"], agents_allowed=["Googlebot"])
    send(
        viewed("u1", context={"userAgent": CRAWLER}),
        viewed("u2", context={"userAgent": "pricewatch/1.0 (Mozilla)"}),
    )
    process()
    assert flags() == [0, BOT]


def test_it_can_be_switched_off(send, process, flags, say):
    say(by_agent=False)
    send(viewed("u1", context={"userAgent": CRAWLER}))
    process()
    assert flags() == [0]


def fast(minutes, each, who="a1"):
    """`each` pages in each of the last minutes, with the times of a script."""
    now = dt.datetime.now(dt.UTC).replace(second=0, microsecond=0)
    for back in range(minutes, 0, -1):
        for i in range(each):
            at = now - dt.timedelta(minutes=back) + dt.timedelta(milliseconds=400 * i)
            yield event("page", anonymousId=who, timestamp=at.isoformat(), properties={"url": f"/{back}/{i}"})


def test_three_minutes_faster_than_a_person_are_a_bots(send, process, flags, say, scope):
    say(views_a_minute=10)
    for events in (list(fast(3, 11)),):
        send(*events)
    process()
    assert flags() == [BOT | ROBOTIC] * 33
    send(event("track", anonymousId="a1"))
    process()
    assert flags()[-1] == BOT | ROBOTIC
    with tenant_connection(scope.schema):
        assert Profile.objects.count() == 0
        assert Suspect.objects.get().views == 11


@pytest.mark.parametrize(("minutes", "each"), [(2, 30), (3, 10)])
def test_two_fast_minutes_or_three_slower_ones_are_a_persons(send, process, flags, say, minutes, each):
    say(views_a_minute=10)
    send(*fast(minutes, each))
    process()
    assert set(flags()) == {0}


def test_history_is_not_judged_by_its_minutes(send, process, flags, say):
    say(views_a_minute=2)
    day = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)
    send(
        *(
            event(
                "page",
                userId="u1",
                timestamp=(day + dt.timedelta(seconds=i)).isoformat(),
                properties={"url": str(i)},
            )
            for i in range(180)
        )
    )
    process()
    assert set(flags()) == {0}


def test_who_was_cleared_stays_a_person(send, process, flags, say, scope):
    say(views_a_minute=10)
    send(*fast(3, 11))
    process()
    with tenant_connection(scope.schema):
        Suspect.objects.update(cleared=True)
    send(*(event("page", anonymousId="a1", properties={"url": str(i)}) for i in range(40)))
    process()
    assert set(flags()[33:]) == {0}


def test_one_tenants_bots_are_not_anothers(send, process, say, scope, rival, rival_key):
    say(views_a_minute=10)
    send(*fast(3, 11))
    process()
    send(*fast(3, 11), key=rival_key)
    from profiles.processing.batches import run_once
    from tenants import keyring

    with tenant_connection(rival.schema_name):
        while run_once(keyring.scope_of_tenant(rival)):
            pass
        assert Suspect.objects.count() == 0
        assert Profile.objects.count() == 1


def test_what_a_bot_sent_before_it_was_found_out_counts_no_more(
    send, process, flags, say, rows, scope, shopper
):
    say(views_a_minute=10)
    first, *rest = fast(3, 11)
    send(viewed("u1", "i9"), event("identify", userId="u1", anonymousId="a1"))
    send(viewed(None, "i1", anonymousId="a1"), first, *rest[:20])
    process()
    assert flags() == [0] * 24
    send(*rest[20:])
    process()
    assert flags() == [0, 0] + [BOT | ROBOTIC] * 34
    profile = shopper("u1")
    assert sum(bucket.get("pv", 0) for bucket in profile.counters.values()) == 0
    assert sum(bucket.get("iv", 0) for bucket in profile.counters.values()) == 1
    assert rows(
        "SELECT i.external_id FROM {s}.profiles_interaction f JOIN {s}.catalog_item i ON i.id = f.item_id"
    ) == [("i9",)]


def test_an_earlier_visit_of_theirs_stays(send, process, flags, say, rows):
    say(views_a_minute=10)
    send(viewed(None, "i1", anonymousId="a1"))
    process()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE profiles_event SET received_at = received_at - interval '31 minutes'")
    send(*fast(3, 5))
    process()
    send(*fast(3, 7))
    process()
    assert flags() == [0] + [BOT | ROBOTIC] * 36
    assert rows("SELECT count(*) FROM {s}.profiles_interaction") == [(1,)]


def test_who_is_a_person_after_all_gets_everything_back(send, process, flags, say, rows, scope, shopper):
    say(views_a_minute=10)
    pages = list(fast(3, 11))
    send(viewed(None, "i1", anonymousId="a1"), *pages[:20])
    process()
    send(*pages[20:])
    process()
    assert set(flags()) == {BOT | ROBOTIC}
    with tenant_connection(scope.schema), transaction.atomic():
        Suspect.objects.update(cleared=True)
        connection.ensure_connection()
        with Cursor(connection.connection) as cursor:
            handle = bytes(Suspect.objects.get().handle)
            assert readmit(cursor, scope, handle) == 34
            assert readmit(cursor, scope, handle) == 0
    process()
    assert set(flags()) == {0}
    assert sum(bucket.get("pv", 0) for bucket in shopper("a1", "anonymous_id").counters.values()) == 33
    assert rows("SELECT count(*) FROM {s}.profiles_interaction") == [(1,)]


@pytest.mark.parametrize(
    ("kind", "header", "said", "bot"),
    [
        ("publishable", CRAWLER, None, True),
        ("publishable", PHONE, None, False),
        ("publishable", "analytics-python/2.3.2", None, False),
        ("publishable", CRAWLER, PHONE, False),
        ("publishable", "Ünicode\xff", None, False),
        ("secret", CRAWLER, None, False),
    ],
)
def test_a_browsers_own_header_is_looked_at(request, send, process, flags, kind, header, said, bot):
    """Where the event says nothing of its user agent; a server's header is the server's."""
    key = request.getfixturevalue(f"{kind}_key")
    send(viewed("u1", **({"context": {"userAgent": said}} if said else {})), key=key, HTTP_USER_AGENT=header)
    send(viewed("u1"), key=key, path="/v1/track", HTTP_USER_AGENT=said or header)
    process()
    assert flags() == [BOT if bot else 0] * 2
