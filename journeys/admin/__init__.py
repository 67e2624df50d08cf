"""The console's pages of journeys."""

from . import inbox, journeys, messages, sending, templates

__all__ = ["inbox", "journeys", "messages", "sending", "templates"]
