"""The demo's people can be written to: invented, marked so, and most of them said yes."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from zoneinfo import ZoneInfo

from compliance.consent import allowed
from compliance.models import Consent
from config.demo.people import consents, contact_traits, known_users, make_reachable
from config.demo.segments import make_segments, ready_segments
from profiles.admin.people import find
from profiles.history.shoppers import ensure_profiles
from profiles.models import Identifier, Profile, Segment, SegmentMember
from profiles.selectors import traits_of

NOW = dt.datetime(2026, 11, 23, tzinfo=dt.UTC)


def test_everybody_has_a_name_an_address_and_a_time_zone() -> None:
    traits = contact_traits([str(n) for n in range(2000)], "household")
    assert traits["1228"]["email"] == "household1228@example.com"
    assert all(t["first_name"] and t["invented"] for t in traits.values())
    zones = Counter(t["timezone"] for t in traits.values())
    assert [zone for zone, _ in zones.most_common(2)] == ["America/New_York", "America/Chicago"]
    assert all(ZoneInfo(zone) for zone in zones)
    assert traits == contact_traits([str(n) for n in range(2000)], "household")


def test_most_said_yes_to_mail_and_some_no() -> None:
    said = [word.choice for n in range(2000) for word in consents(str(n), n, NOW)]
    mail = Counter(choice.granted for choice in said if choice.channel == "email")
    assert 0.74 < mail[True] / 2000 < 0.82
    assert 0.09 < mail[False] / 2000 < 0.15


def test_they_are_made_once_and_segments_hold_them(tenant, scope, inside) -> None:
    profiles = ensure_profiles(scope, {str(n): (NOW, NOW) for n in range(60)})
    assert known_users(scope) == profiles
    for _ in range(2):
        make_reachable(scope, "household")
        make_segments(scope, "groceries")
    assert Identifier.objects.filter(kind="email").count() == 60
    assert find(scope.tenant_id, "household7@example.com") == [profiles["7"]]
    assert traits_of(scope, Profile.objects.get(pk=profiles["7"]))["email"] == "household7@example.com"
    yes = allowed(scope.schema, list(profiles.values()), "marketing", "email")
    assert Consent.objects.filter(channel="email", granted=True).count() == len(yes)
    reachable = Segment.objects.get(key="reachable-by-email")
    assert set(SegmentMember.objects.filter(segment=reachable).values_list("profile_id", flat=True)) == yes
    assert reachable.members == len(yes)
    assert set(Segment.objects.values_list("name", flat=True)) == {
        "Lapsing regulars", "Big baskets", "Reachable by e-mail", "Coffee lovers",
    }  # fmt: skip


def test_every_shop_has_its_segments() -> None:
    assert [one.name for one in ready_segments("fashion")][-1] == "Window shoppers"
