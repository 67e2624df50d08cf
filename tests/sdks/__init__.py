"""The SDKs of others, as they are, pointed at us."""
