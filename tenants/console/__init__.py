"""What every page of the two consoles shares: the sites, the base of a room's admin, the geometry of plots."""

from .base import ConsoleAdmin, ReadOnlyAdmin
from .sites import operator_site, tenant_site

__all__ = ["ConsoleAdmin", "ReadOnlyAdmin", "operator_site", "tenant_site"]
