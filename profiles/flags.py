"""What was found about an accepted event: bits of `Event.flags`.

Bots and repetitions are stored and shown, and count for nothing: features, interactions, traits, segments, journeys,
metrics and training leave out what has a bit of `NOT_COUNTED`; in SQL: `flags & 12 = 0`.
"""

from __future__ import annotations

# Does not keep to the tracking plan; STRIPPED: what did not fit was taken out of it.
VIOLATES = 1
STRIPPED = 2
# Not sent by a person; ROBOTIC: told by what it did, not by its user agent.
BOT = 4
ROBOTIC = 16
# Says again, under another messageId, what counted already; SAME_ORDER: told by the order's id.
REPEATED = 8
SAME_ORDER = 32
# Its name is not in the tracking plan.
UNPLANNED = 64
# Sent by a browser, and names an item that nobody knows, of which there were too many that day (processing.unlisted).
UNLISTED = 128

NOT_COUNTED = BOT | REPEATED
