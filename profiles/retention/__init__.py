"""How long raw events and dead letters are kept, and what drops them."""
