"""The features of profiles as conditions ask for them."""

from __future__ import annotations

from ..features.definitions import FEATURES
from ..features.folds import Fold

COLUMNS: dict[str, Fold] = {feature.name: feature.fold for feature in FEATURES}
