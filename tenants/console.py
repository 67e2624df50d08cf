"""The two consoles: the operator's on the public schema, and one for each tenant."""

from __future__ import annotations

from unfold.sites import UnfoldAdminSite


class OperatorSite(UnfoldAdminSite):
    settings_name = "UNFOLD_OPERATOR"
    index_template = "console/operator_index.html"


class TenantSite(UnfoldAdminSite):
    settings_name = "UNFOLD"
    index_template = "console/today.html"


operator_site = OperatorSite(name="operator")
# The name "admin" is what django.contrib.admin's own templates reverse to.
tenant_site = TenantSite(name="admin")
