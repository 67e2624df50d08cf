"""Who is who: what events said about identifiers, and which profiles follow from all of it, in whatever order it came."""
