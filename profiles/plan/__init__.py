"""The tracking plan: what events should look like, and what becomes of those that don't."""
