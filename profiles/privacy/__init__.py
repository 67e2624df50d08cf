"""What this room does for a subject request: find the person, show, erase and look for what is held."""
