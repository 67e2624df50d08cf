"""Changes of journeys, messages and channels: verbs, each with its audit record."""
