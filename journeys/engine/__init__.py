"""The engine: enrolments that are due are claimed in batches, walked in memory, and written back in one transaction."""
