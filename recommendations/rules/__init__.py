"""Merchandising rules: what a merchant pins, boosts, buries, shows only, or never shows."""
