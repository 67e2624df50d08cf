"""Pages of placements, rules, decisions and models."""

from .decisions import DecisionAdmin
from .models import ModelVersionAdmin
from .placements import PlacementAdmin
from .rules import RuleAdmin

__all__ = ["DecisionAdmin", "ModelVersionAdmin", "PlacementAdmin", "RuleAdmin"]
