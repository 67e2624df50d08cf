"""The operator's pages of tenants and plans, and the pages of API keys in both consoles."""

from .destinations import DestinationAdmin
from .keys import OperatorKeyAdmin, TenantKeyAdmin
from .plans import PlanAdmin
from .tenants import TenantAdmin

__all__ = ["DestinationAdmin", "OperatorKeyAdmin", "PlanAdmin", "TenantAdmin", "TenantKeyAdmin"]
