"""Pages of shoppers, their events, and the events that could not be taken."""

from . import (
    arrival_rules,
    consent_page,
    consents,
    events,
    feature_pages,
    identity_page,
    identity_rules,
    plan_event,
    plan_page,
    quality_pages,
    retention,
)
from .computed_traits import ComputedTraitAdmin
from .deadletters import DeadLetterAdmin
from .imports import ImportAdmin
from .segments import SegmentAdmin
from .shoppers import ProfileAdmin

__all__ = [
    "ComputedTraitAdmin",
    "DeadLetterAdmin",
    "ImportAdmin",
    "ProfileAdmin",
    "SegmentAdmin",
    "arrival_rules",
    "consent_page",
    "consents",
    "events",
    "feature_pages",
    "identity_page",
    "identity_rules",
    "plan_event",
    "plan_page",
    "quality_pages",
    "retention",
]
