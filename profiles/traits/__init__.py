"""Computed traits: what a merchant counts, sums up and remembers of each shopper, from events as they come."""
