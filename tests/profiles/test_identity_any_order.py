"""The same events in any order and any batches end in the same shoppers: against a naive oracle, through door and worker."""

import datetime as dt
import random
from hashlib import blake2b

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from profiles.models import Profile
from profiles.selectors import traits_of
from tenants.db import tenant_connection

from .any_order import empty, feed

USERS, VISITORS, MAILS = ["u1", "u2", "u3"], ["a1", "a2", "a3"], ["one@shop.example", "two@shop.example"]
START = dt.datetime.now(dt.UTC).replace(microsecond=0) - dt.timedelta(days=3)

acts = st.builds(
    lambda type_, user, visitor, mail, trusted, at, city: {
        "type": type_,
        "user": user or ("u1" if type_ == "alias" else None),
        "visitor": visitor or ("a1" if type_ == "alias" or not user else None),
        "mail": mail if type_ == "identify" else None,
        "city": city if type_ == "identify" else None,
        "trusted": trusted,
        "at": at,
    },
    st.sampled_from(["identify", "identify", "track", "alias"]),
    st.sampled_from([None, *USERS]),
    st.sampled_from([None, *VISITORS]),
    st.sampled_from([None, *MAILS]),
    st.booleans(),
    st.integers(0, 6),
    st.sampled_from([None, "Bath", "Oslo", "Rome"]),
)


def document(act, number):
    event = {
        "type": act["type"],
        "messageId": f"m{number}",
        "timestamp": (START + dt.timedelta(minutes=act["at"])).isoformat(),
    }
    if act["user"]:
        event["userId"] = act["user"]
    if act["visitor"]:
        event["previousId" if act["type"] == "alias" else "anonymousId"] = act["visitor"]
    if act["type"] == "track":
        event |= {"event": "Product Viewed", "properties": {"product_id": "i1"}}
    traits = {name: act[key] for name, key in (("email", "mail"), ("city", "city")) if act[key]}
    if traits:
        event["traits"] = traits
    return event


def key_of(number):
    return blake2b(f"m{number}".encode(), digest_size=16).digest()


def handle_of(act):
    if act["user"]:
        return ("user", act["user"])
    return ("visitor", act["visitor"])


class Oracle:
    """Whose each event is and what is known of them, straight from the rules and slowly."""

    def __init__(self, events):
        self.events = events
        self.claims = {}
        said = {}
        for number, act in enumerate(events):
            when = (act["at"], key_of(number))
            pairs = []
            if act["type"] in ("identify", "alias") and act["user"] and act["visitor"]:
                if act["trusted"]:
                    pairs.append((("user", act["user"]), ("visitor", act["visitor"])))
                else:
                    self.claims.setdefault(act["visitor"], []).append((*when, act["user"]))
            if act["mail"] and act["trusted"]:
                pairs.append((handle_of(act), ("mail", act["mail"])))
            for pair in pairs:
                said[pair] = min(when, said.get(pair, when))
        for value in {end for pair in said for end in pair if end[0] != "user"}:
            users = sorted(
                (when, pair) for pair, when in said.items() if value in pair and pair[0][0] == "user"
            )
            if len(users) > 1:
                mine = [pair for pair in said if value in pair]
                gone = mine if value[0] == "mail" else [pair for _, pair in users[1:]]
                for pair in gone:
                    del said[pair]
        self.groups = [{end} for end in {end for pair in said for end in pair}]
        # Between a user and a mail before anything with a visitor: priorities of kinds.
        for pair in sorted(said, key=lambda p: (any(end[0] == "visitor" for end in p), said[p])):
            one, other = self.group(pair[0]), self.group(pair[1])
            if one is not other and sum(end[0] == "user" for end in one | other) < 2:
                self.groups.remove(one)
                self.groups.remove(other)
                self.groups.append(one | other)

    def group(self, name):
        return next((g for g in self.groups if name in g), None) or self._alone(name)

    def _alone(self, name):
        self.groups.append({name})
        return self.groups[-1]

    def place(self, act):
        """(label of the shopper, whether by a browser's word alone)."""
        name = handle_of(act)
        mine = self.group(name)
        user = next((end for end in mine if end[0] == "user"), None)
        if user is None and name[0] == "visitor":
            ahead = sorted(claim for claim in self.claims.get(name[1], []) if claim[0] >= act["at"])
            if ahead:
                return self.label(self.group(("user", ahead[0][2]))), True
        return self.label(mine), False

    @staticmethod
    def label(group):
        return min(group, key=lambda end: (end[0] != "user", end))

    def shoppers(self):
        """Label → (numbers of events, city, mail)."""
        found = {}
        for number, act in enumerate(self.events):
            label, doubtful = self.place(act)
            entry = found.setdefault(label, {"events": set(), "city": [], "trusted": [], "browser": []})
            entry["events"].add(number)
            when = (act["at"], key_of(number))
            if act["city"]:
                entry["city"].append((*when, act["city"]))
            if act["mail"]:
                sure = act["trusted"] and not doubtful
                entry["trusted" if sure else "browser"].append((*when, act["mail"]))
        return {
            frozenset(entry["events"]): (
                max(entry["city"])[2] if entry["city"] else None,
                max(entry["trusted"] or entry["browser"])[2]
                if entry["trusted"] or entry["browser"]
                else None,
                sum(self.events[n]["type"] == "track" for n in entry["events"]),
            )
            for entry in found.values()
        }


@pytest.fixture
def run(committed, api, scope, secret_key, publishable_key):
    def go(events, order, sizes):
        empty(scope)
        clients = {True: api(secret_key), False: api(publishable_key)}
        feed(scope, clients, document, events, order, sizes)
        return shoppers(events)

    def shoppers(events):
        with tenant_connection(scope.schema), connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM profiles_deadletter")
            assert cursor.fetchone() == (0,)
            cursor.execute("SELECT profile_id, message_key FROM profiles_event")
            number_of = {key_of(number): number for number in range(len(events))}
            found = {}
            for profile, key in cursor.fetchall():
                found.setdefault(profile, set()).add(number_of[key.bytes])
            result = {}
            for profile in Profile.objects.filter(pk__in=found):
                traits = traits_of(scope, profile)
                views = sum(day.get("iv", 0) for day in profile.counters.values())
                assert profile.interaction_set.count() == views
                result[frozenset(found[profile.pk])] = (traits.get("city"), traits.get("email"), views)
            return result

    return go


@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    st.lists(acts, min_size=2, max_size=9),
    st.randoms(use_true_random=False),
    st.lists(st.integers(1, 4), min_size=1, max_size=4),
)
def test_the_same_shoppers_whatever_the_order(run, events, shuffler: random.Random, sizes):
    expected = Oracle(events).shoppers()
    assert run(events, range(len(events)), [len(events)]) == expected
    order = list(range(len(events)))
    shuffler.shuffle(order)
    assert run(events, order, sizes) == expected
