"""Events that were acknowledged while the database was away: on this host's disk until they are in the database."""
