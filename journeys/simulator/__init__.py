"""Send a shopper through a draft with time flying: the engine's own nodes, entry rules, caps and quiet hours, over a
virtual clock. Nothing is saved or sent; the database is told so (READ ONLY)."""

from .run import simulate
from .story import Happening, Letter, Simulation, Told

__all__ = ["Happening", "Letter", "Simulation", "Told", "simulate"]
