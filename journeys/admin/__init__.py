"""The console's pages of journeys."""

from . import campaigns, inbox, journeys, messages, sending, templates

__all__ = ["campaigns", "inbox", "journeys", "messages", "sending", "templates"]
