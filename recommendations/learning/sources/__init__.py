"""Candidate sources behind one interface; the order is the order in which they are fitted and asked."""

from .base import Log, Source
from .content import Content
from .ease import Ease
from .factors import Factors
from .hybrid import Hybrid
from .neighbours import Together
from .popularity import Place, Popularity, Taste
from .repurchase import Repurchase

SOURCES: tuple[Source, ...] = (
    Popularity(), Repurchase(), Together(), Ease(), Factors(), Place(), Taste(), Content(), Hybrid(),
)  # fmt: skip

__all__ = ["SOURCES", "Log", "Source"]
