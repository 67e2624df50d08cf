"""Is what comes in good enough, and are features still distributed as they were: expectations, reports, drift."""
