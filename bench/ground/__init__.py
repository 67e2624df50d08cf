"""What is measured: a whole Attune of the bench's own, its data, and the reference beside it."""
