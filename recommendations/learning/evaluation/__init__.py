"""Honest judgement of a trained artefact against simple competitors, on a window that training never saw."""
