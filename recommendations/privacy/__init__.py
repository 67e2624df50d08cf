"""What this room does for a subject request."""
