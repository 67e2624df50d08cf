"""`make bench`: every figure that Attune promises, measured beside its reference in the same run."""
