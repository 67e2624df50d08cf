"""What happens to shoppers, as journeys see it: entries, waits that end, exits and goals."""
