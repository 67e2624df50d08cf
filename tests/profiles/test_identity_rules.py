"""The rules of identity for any sequence of events, without a database."""

from types import SimpleNamespace

from hypothesis import given
from hypothesis import strategies as st

from profiles.processing.decode import ALIAS, IDENTIFY, TRACK
from profiles.processing.identity import plan

USERS, VISITORS = [b"u1", b"u2", b"u3"], [b"a1", b"a2"]
events = st.lists(
    st.builds(
        lambda type_, user, visitor, trusted: SimpleNamespace(
            type=type_,
            user=user if user or visitor else USERS[0],
            anonymous=visitor if type_ != ALIAS else None,
            previous=visitor if type_ == ALIAS else None,
            previous_user=None,
            trusted=trusted,
            claimed=SimpleNamespace(id=1),
        ),
        st.sampled_from([IDENTIFY, TRACK, ALIAS]),
        st.sampled_from([None, *USERS]),
        st.sampled_from([None, *VISITORS]),
        st.booleans(),
    ),
    max_size=25,
)


@given(events)
def test_no_two_users_ever_share_a_profile(sequence):
    result = plan(sequence, {b"u1": 10, b"a1": 11}, {10})
    owners = [result.owner[user] for user in USERS if result.owner.get(user) is not None]
    assert len(owners) == len(set(owners))


@given(events)
def test_an_event_with_a_user_counts_for_that_user(sequence):
    result = plan(sequence, {b"u1": 10, b"a1": 11}, {10})
    for event, profile in zip(sequence, result.place, strict=True):
        if event.user is not None:
            assert result.final(profile) == result.owner[event.user]


@given(events)
def test_a_browsers_word_attaches_no_visitor(sequence):
    for event in sequence:
        event.trusted = False
    result = plan(sequence, {b"u1": 10, b"a1": 11}, {10})
    users = {result.owner.get(user) for user in USERS} - {None}
    assert not users & {result.owner.get(visitor) for visitor in VISITORS}
