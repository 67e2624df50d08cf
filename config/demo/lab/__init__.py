"""The lab: the grocer as it was some weeks earlier, and shoppers who do what those households really did afterwards."""

from .data import cut_day, history, items, traits, wants

__all__ = ["cut_day", "history", "items", "traits", "wants"]
