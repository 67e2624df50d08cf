"""The console's pages of journeys."""

from . import inbox, journeys, messages, templates

__all__ = ["inbox", "journeys", "messages", "templates"]
