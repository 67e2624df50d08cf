"""What became of an event that arrived, as counts and pages name it."""

from __future__ import annotations

from ..flags import BOT, REPEATED, STRIPPED, UNPLANNED, VIOLATES

TAKEN, FLAGGED, STRIPPED_OF, REFUSED, DUPLICATE, SAID_TWICE, BOTS = 1, 2, 3, 4, 5, 6, 7

# Number → what people read, in the order of plots; `good` ones count for their shopper.
NAMES = {
    TAKEN: "Taken",
    FLAGGED: "Taken and marked",
    STRIPPED_OF: "Stripped",
    REFUSED: "Refused",
    DUPLICATE: "Same messageId",
    SAID_TWICE: "Sent twice",
    BOTS: "Bots",
}
MEANINGS = {
    TAKEN: "Kept to the tracking plan, or there is none for it, and counted for its shopper.",
    FLAGGED: "Counted, though it does not keep to the tracking plan.",
    STRIPPED_OF: "Counted without what the tracking plan does not hold.",
    REFUSED: "Not taken: it waits among the dead letters, with the reason.",
    DUPLICATE: "Its messageId had counted already within 28 days.",
    SAID_TWICE: "The same page, order or event under another messageId. Kept, and counted once.",
    BOTS: "Sent by a crawler or a script. Kept, and counted for nobody.",
}
COUNTED = (TAKEN, FLAGGED, STRIPPED_OF)


def outcome_of(flags: int) -> int:
    """The one outcome of an accepted event; what keeps it from counting says more than what is wrong with it."""
    if flags & BOT:
        return BOTS
    if flags & REPEATED:
        return SAID_TWICE
    if flags & STRIPPED:
        return STRIPPED_OF
    return FLAGGED if flags & (VIOLATES | UNPLANNED) else TAKEN
