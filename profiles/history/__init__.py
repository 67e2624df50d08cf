"""History in bulk: what shoppers did before anyone sent events. Runs twice without doing anything twice."""

from .load import ImportResult, import_history
from .traits import import_traits

__all__ = ["ImportResult", "import_history", "import_traits"]
