"""Bulk imports of history: a file of events, orders or profiles becomes events that go through the door."""
