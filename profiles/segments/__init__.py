"""Segments: named groups of shoppers, defined by conditions, kept true by each processed batch and by the calendar."""
