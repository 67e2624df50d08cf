"""On which channel something happened is named on every event."""

import pytest

from profiles.processing.channels import channel_of
from profiles.processing.claim import Claimed
from profiles.processing.decode import SCREEN, TRACK, Occurrence


def occurrence(type_=TRACK, **fields):
    claimed = Claimed.__new__(Claimed)
    object.__setattr__(claimed, "type", type_)
    return Occurrence(claimed, 0, **fields)


@pytest.mark.parametrize(
    ("fields", "channel"),
    [
        ({"name": "Product Viewed"}, "web"),
        ({"name": "Product Viewed", "channel": "browser"}, "web"),
        ({"name": "Product Viewed", "channel": "mobile"}, "app"),
        ({"name": "Order Completed", "channel": "server"}, "server"),
        ({"name": "Order Completed", "channel": "server", "properties": {"store_id": 7}}, "store"),
        ({"name": "Product Viewed", "context": {"library": {"name": "analytics-kotlin"}}}, "app"),
        ({"name": "X", "context": {"library": {"name": "@segment/analytics-react-native"}}}, "app"),
        ({"name": "Product Viewed", "context": {"library": {"name": "analytics.js"}}}, "web"),
        ({"name": "Product Viewed", "context": {"library": "odd"}}, "web"),
        ({"name": "Product Viewed", "context": {"library": {"name": "@segment/analytics-node"}}}, "server"),
        ({"name": "Product Viewed", "context": {"library": {"name": "analytics-python"}}}, "server"),
        ({"name": "Email Opened", "channel": "server"}, "email"),
        ({"name": "SMS Delivered"}, "sms"),
        ({"name": "Push Notification Tapped"}, "app"),
        ({"name": "Application Opened"}, "app"),
        ({"name": "Order Completed", "properties": {"channel": "Kiosk"}}, "kiosk"),
        ({"name": "Order Completed", "context": {"channel": "x" * 40}}, "x" * 12),
    ],
)
def test_of_a_track(fields, channel):
    assert channel_of(occurrence(**fields)) == channel


def test_of_a_screen():
    assert channel_of(occurrence(SCREEN)) == "app"
