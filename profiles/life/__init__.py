"""A shopper's life, newest first: what they did, what was said of them and what was sent to them, on one line."""

from .page import Life, Part, life

__all__ = ["Life", "Part", "life"]
