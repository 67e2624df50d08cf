"""Campaigns: one message to a segment, reviewed before it starts, throttled while it runs, reported against a holdout."""
