"""What a shopper says about their data, and which of two words holds. No database here."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace

from ..models.consent import Channel, LawfulBasis, Purpose

PURPOSES = tuple(Purpose.values)
CHANNELS = tuple(Channel.values)
# When a shopper and the tenant's settings say nothing: observing and personalising rest on legitimate interest, which
# a shopper may object to; messages need a yes.
DEFAULTS = {"analytics": True, "personalisation": True, "marketing": False}
# The same word again is noted at most so often: consent platforms repeat it with every event.
CONFIRM_EVERY = dt.timedelta(hours=1)
# How far a sender's clock may be ahead: a later moment would outlast every word until then.
CLOCK_SKEW = dt.timedelta(minutes=5)


# Sources of words that come along with an event, unasked: a banner's state, the browser's signal.
PASSIVE = frozenset({"event", "browser", "gpc"})


class BadChoice(ValueError):
    """A choice that can't be; the message says why, for whoever made it."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One word of a shopper. `source`: where it was said; `text_version`: which text they saw."""

    purpose: str
    channel: str = ""
    granted: bool = False
    lawful_basis: str = "consent"
    source: str = "api"
    text_version: str = ""

    @property
    def passive(self) -> bool:
        """It came along with an event; nobody was asked."""
        return self.source in PASSIVE


@dataclass(frozen=True, slots=True)
class Word:
    """A choice with whose it is, when it was said and by whom it was brought.

    `origin`: the identifier that it was said under, as a number; 0 when it was said of the shopper as such.
    """

    profile_id: int
    choice: Choice
    at: dt.datetime
    actor: str
    origin: int = 0


@dataclass(frozen=True, slots=True)
class State:
    """What holds for one purpose and channel."""

    choice: Choice
    at: dt.datetime
    confirmed_at: dt.datetime
    actor: str


Key = tuple[str, str]
States = dict[Key, State]


def check(choice: Choice) -> None:
    """Raises `BadChoice` for an unknown purpose, channel or basis, or a channel where there are none."""
    if choice.purpose not in PURPOSES:
        raise BadChoice(f"“{choice.purpose}” is no purpose. There are: {', '.join(PURPOSES)}.")
    if choice.channel and choice.channel not in CHANNELS:
        raise BadChoice(f"“{choice.channel}” is no channel. There are: {', '.join(CHANNELS)}.")
    if choice.channel and choice.purpose != Purpose.MARKETING:
        raise BadChoice(f"Only marketing has channels; leave the channel of {choice.purpose} out.")
    if choice.lawful_basis not in LawfulBasis.values:
        raise BadChoice(
            f"“{choice.lawful_basis}” is no lawful basis. There are: {', '.join(LawfulBasis.values)}."
        )
    if not choice.source or len(choice.source) > 40 or "\x00" in choice.source:
        raise BadChoice("A source has 1 to 40 characters.")
    if len(choice.text_version) > 60 or "\x00" in choice.text_version:
        raise BadChoice("A text version has 60 characters at most.")


def with_channels(word: Word, mine: States) -> list[Word]:
    """The word itself; refusing marketing altogether refuses each channel that was granted earlier."""
    choice = word.choice
    if choice.granted or choice.channel or choice.purpose != Purpose.MARKETING:
        return [word]
    granted = [
        state.choice.channel
        for (purpose, channel), state in mine.items()
        if purpose == choice.purpose
        and channel
        and state.choice.granted
        and (state.confirmed_at <= word.at or outweighs(choice, state.choice))
    ]
    return [word, *(replace(word, choice=replace(choice, channel=c)) for c in sorted(granted))]


def stands_against(mine: Mapping[Key, State], choice: Choice) -> bool:
    """Whether somebody's explicit refusal, an objection or a restriction forbids a yes that nobody was asked for."""
    if not (choice.granted and choice.passive):
        return False
    held = (mine.get((choice.purpose, channel)) for channel in {choice.channel, ""})
    return any(state is not None and _explicitly_refused(state.choice) for state in held)


def _explicitly_refused(choice: Choice) -> bool:
    return not choice.granted and not choice.passive


def outweighs(choice: Choice, other: Choice) -> bool:
    """An explicit no, however late it reaches us, goes before a yes that nobody was asked for."""
    return _explicitly_refused(choice) and other.granted and other.passive


def no_news(one: Choice, other: Choice) -> bool:
    """Whether `other` is no news after `one`."""
    if one.passive and not other.passive:
        return False
    if _explicitly_refused(one) and other.passive and not other.granted:
        return True  # or a passive no would make the explicit one a passive one, which a passive yes may lift
    # Which source doesn't count else: the same answer on the web and in the app is one answer.
    return (one.granted, one.lawful_basis, one.text_version) == (
        other.granted,
        other.lawful_basis,
        other.text_version,
    )


def the_one_that_holds(one: State, other: State) -> State:
    """Which of two holds when two shoppers turn out to be one: the latest, unless an explicit no stands against it."""
    early, late = (other, one) if one.confirmed_at >= other.confirmed_at else (one, other)
    return early if _explicitly_refused(early.choice) and late.choice.passive else late


def effective(mine: Mapping[Key, State], defaults: Mapping[str, bool], purpose: str, channel: str) -> bool:
    """What `allowed` decides, from states that were read already."""
    for key in ((purpose, channel), (purpose, "")):
        if key in mine:
            return mine[key].choice.granted
    return defaults[purpose]
