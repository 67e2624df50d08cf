"""Dead letters: read, mended, sent through the door again, or discarded; one by one and many at once."""

from .reading import CannotReplay, read_letter
from .replaying import discard, replay, restore, verdict

__all__ = ["CannotReplay", "discard", "read_letter", "replay", "restore", "verdict"]
