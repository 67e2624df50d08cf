"""Personal data of this room: ways through journeys, messages, suppressed addresses."""

from __future__ import annotations

from compliance.registry import Store, impersonal, nothing, register
from compliance.tables import Rows, by_profile

from . import privacy

register(
    Store(
        "Journeys the person was in",
        ("journeys.Enrolment.*", "journeys.Step.*"),
        privacy.export_enrolments,
        privacy.erase_enrolments,
        privacy.verify_enrolments,
        order=30,
    )
)
register(
    Store(
        "Messages to the person",
        ("journeys.Message.*", "journeys.Delivery.*", "journeys.InboxMessage.*"),
        privacy.export_messages,
        privacy.erase_messages,
        privacy.verify_messages,
        order=31,
    )
)
register(
    Store(
        "Addresses that no message goes to",
        ("journeys.Suppression.*",),
        privacy.export_suppressions,
        privacy.erase_suppressions,
        privacy.verify_suppressions,
        order=32,  # before the profile, whose traits say which addresses are the person's
    )
)
_audience = Rows("journeys_campaignmember", "profile_id", by_profile)
register(
    Store(
        "Campaigns the person was in the audience of",
        ("journeys.CampaignMember.*",),
        privacy.export_campaigns,
        _audience.erase,
        _audience.verify,
        order=33,
    )
)
impersonal(
    "journeys.Campaign.*",
    "journeys.Journey.*",
    "journeys.JourneyVersion.*",
    "journeys.MessageTemplate.*",
    "journeys.ChannelEndpoint.*",
    reason="what the merchant's staff wrote and set up",
)
impersonal("journeys.NodeCount.*", reason="sums over all shoppers")
# Chosen by the merchant's developers; but whoever can send an event can name one after somebody.
register(
    Store(
        "Names of events that name the person",
        ("journeys.EventName.*",),
        nothing,
        privacy.erase_event_names,
        privacy.verify_event_names,
        order=34,
    )
)
