"""Pages of shoppers, their events, and the events that could not be taken."""

from . import consent_page, consents, events, plan_event, plan_page, retention
from .deadletters import DeadLetterAdmin
from .imports import ImportAdmin
from .segments import SegmentAdmin
from .shoppers import ProfileAdmin

__all__ = [
    "DeadLetterAdmin",
    "ImportAdmin",
    "ProfileAdmin",
    "SegmentAdmin",
    "consent_page",
    "consents",
    "events",
    "plan_event",
    "plan_page",
    "retention",
]
