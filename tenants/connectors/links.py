"""A destination opened for use: its secret read, its tenant's region respected."""

from __future__ import annotations

from .. import credentials
from ..crypto import Unreadable
from ..models import Tenant
from ..scope import Scope
from ..workspace.models import Destination
from . import regions
from .base import Connector, Link, Trouble
from .registry import connectors

VENDOR = "destination"


def connector_of(destination: Destination) -> Connector:
    """Raises `Trouble` when the vendor is not installed any more."""
    found = connectors().get(destination.vendor)
    if found is None:
        raise Trouble("This kind of destination is not installed here any more.", settings=True)
    return found


def open_link(scope: Scope, destination: Destination) -> Link:
    """Raises `Trouble` when its secret can't be read, or the tenant's data may not go there."""
    connector = connector_of(destination)
    tenant = Tenant.objects.get(pk=scope.tenant_id)
    if refused := regions.refusal(tenant, connector, destination.config):
        raise Trouble(refused, settings=True)
    return Link(
        scope,
        destination.pk,
        destination.config,
        secret_of(scope.tenant_id, destination),
        tuple(destination.streams),
        destination.personal,
    )


def secret_of(tenant_id: int, destination: Destination) -> dict[str, str]:
    if destination.credential is None:
        return {}
    try:
        return credentials.read(tenant_id, destination.credential)
    except Unreadable as error:
        raise Trouble("Its secret can't be read any more: type it in again.", settings=True) from error
