"""Privacy in the console."""

from . import audit, requests

__all__ = ["audit", "requests"]
