"""The operator's pages of tenants and plans, and the pages of API keys in both consoles."""

from .keys import OperatorKeyAdmin, TenantKeyAdmin
from .plans import PlanAdmin
from .tenants import TenantAdmin

__all__ = ["OperatorKeyAdmin", "PlanAdmin", "TenantAdmin", "TenantKeyAdmin"]
