"""Journeys, who is in them and where, messages on their way, and what became of each."""

from .campaigns import Campaign, CampaignMember
from .channels import ChannelEndpoint, InboxMessage, Suppression
from .enrolments import Enrolment, EventName, NodeCount, Step
from .journeys import Journey, JourneyVersion
from .messages import Delivery, Message, MessageTemplate

__all__ = [
    "Campaign",
    "CampaignMember",
    "ChannelEndpoint",
    "Delivery",
    "Enrolment",
    "EventName",
    "InboxMessage",
    "Journey",
    "JourneyVersion",
    "Message",
    "MessageTemplate",
    "NodeCount",
    "Step",
    "Suppression",
]
