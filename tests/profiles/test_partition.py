"""Groups of identifiers follow from the set of links alone, and never break a rule; without a database."""

import random

from hypothesis import given
from hypothesis import strategies as st

from profiles.identity.claims import Claimed, claimant, only_claimant
from profiles.identity.partition import CUT, LIMIT, SHARED, Said, pair, partition
from profiles.identity.rules import DEFAULT, Kind, Rules, parse

KINDS = {
    b"u1": "user_id", b"u2": "user_id", b"u3": "user_id", b"a1": "anonymous_id", b"a2": "anonymous_id",
    b"e1": "email", b"e2": "email", b"d1": "device_id",
}  # fmt: skip
links = st.lists(
    st.builds(
        lambda ends, at, key: Said(*pair(*ends), at, bytes([key])),
        st.lists(st.sampled_from(sorted(KINDS)), min_size=2, max_size=2, unique=True),
        st.integers(0, 4),
        st.integers(0, 255),
    ),
    max_size=12,
    unique_by=lambda said: (said.a, said.b),
)


@given(
    links,
    st.randoms(use_true_random=False),
    st.lists(st.sampled_from(sorted(KINDS)), max_size=2, unique=True),
)
def test_the_order_of_links_does_not_matter(said, shuffler: random.Random, apart):
    cuts = [pair(*apart)] if len(apart) == 2 else []
    expected = partition(KINDS, said, DEFAULT, cuts)
    shuffler.shuffle(said)
    found = partition(KINDS, said, DEFAULT, cuts)
    assert (found.root, found.refused) == (expected.root, expected.refused)
    if cuts:
        assert found.root[cuts[0][0]] != found.root[cuts[0][1]]


@given(links)
def test_two_user_ids_are_never_one(said):
    root = partition(KINDS, said, DEFAULT).root
    users = [root[name] for name, kind in KINDS.items() if kind == "user_id"]
    assert len(users) == len(set(users))


@given(links)
def test_every_refusal_has_a_reason_and_the_rest_holds(said):
    result = partition(KINDS, said, DEFAULT)
    for link in said:
        joined = result.root[link.a] == result.root[link.b]
        assert joined or pair(link.a, link.b) in result.refused


def test_a_family_address_joins_nobody():
    said = [
        Said(*pair(b"e1", b"u1"), 1, b""),
        Said(*pair(b"e1", b"u2"), 2, b""),
        Said(*pair(b"e1", b"a1"), 0, b""),
    ]
    result = partition(KINDS, said, DEFAULT)
    assert set(result.refused.values()) == {SHARED}
    assert len({result.root[n] for n in (b"e1", b"u1", b"u2", b"a1")}) == 4


def test_a_limit_keeps_the_first_ones():
    rules = Rules({**DEFAULT.kinds, "email": Kind(3, 1, "nobody")})
    said = [Said(*pair(b"e1", b"u1"), 2, b""), Said(*pair(b"e2", b"u1"), 1, b"")]
    result = partition(KINDS, said, rules)
    assert result.root[b"e2"] == result.root[b"u1"] != result.root[b"e1"]
    assert result.refused == {pair(b"e1", b"u1"): LIMIT}


def test_a_cut_outweighs_every_way_around_it():
    said = [
        Said(*pair(b"u1", b"e1"), 1, b""),
        Said(*pair(b"a1", b"e1"), 2, b""),
        Said(*pair(b"a1", b"u1"), 0, b""),
    ]
    result = partition(KINDS, said, DEFAULT, [pair(b"a1", b"u1")])
    assert result.root[b"a1"] != result.root[b"u1"]
    assert result.refused[pair(b"a1", b"u1")] == CUT


def test_words_for_nothing_name_nobody():
    for value in (
        "null",
        "UNKNOWN",
        "0",
        "00000000-0000-0000-0000-000000000000",
        " n/a ",
        "1111111",
        "(not set)",
    ):
        assert DEFAULT.blocks(value), value
    for value in ("42", "ada", "1228", "nullam", "u1"):
        assert not DEFAULT.blocks(value), value
    assert not parse({"allowed": ["guest"]}).blocks("Guest")
    assert parse({"blocked": ["Kiosk"]}).blocks("kiosk")


def test_a_user_ids_limit_stays_one():
    assert parse({"kinds": {"user_id": {"limit": 7}}}).kind("user_id").limit == 1


def test_the_next_word_of_a_browser_counts():
    said = [Claimed(5, b"", b"u1"), Claimed(10, b"", b"u2")]
    assert [claimant(said, at) for at in (0, 5, 6, 10, 11)] == [b"u1", b"u1", b"u2", b"u2", None]
    assert only_claimant(said, 1, 4) == b"u1"
    assert only_claimant(said, 4, 7) is None
    assert only_claimant(said, 7, 12) is None
