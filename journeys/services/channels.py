"""How a tenant's messages leave: kept, tried, and opened for sending."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from tenants import audit, credentials

from ..channels import CHANNELS
from ..channels.base import Channel as Handler
from ..channels.base import Endpoint
from ..models import ChannelEndpoint
from ..models.messages import Channel

VENDOR = "message channel"
# A kept secret goes only where it was meant for.
_KEPT_BACK = {
    "smtp": (
        "password",
        "The server or its encryption is another one: type the user name and password again. One that needs none is "
        "set up after the channel has led to the sandbox.",
    ),
    "webhook": ("secret", "The address is another one: type its signing secret again."),
}


class BadChannel(ValueError):
    """The settings can't work; `problems`: (field, sentence)."""

    def __init__(self, problems: list[tuple[str, str]]) -> None:
        super().__init__(" ".join(sentence for _, sentence in problems))
        self.problems = problems


@transaction.atomic
def save_endpoint(
    tenant_id: int,
    channel: str,
    kind: str,
    config: Mapping[str, Any],
    secret: Mapping[str, str] | None,
    *,
    actor: str,
) -> ChannelEndpoint:
    """Set how messages of `channel` leave. `secret` None keeps the one that is there, for the destination it was given
    for: whoever may change the settings could else have it sent to a server of their own. Raises `BadChannel`."""
    handler = CHANNELS.get(kind)
    if channel not in Channel.values or handler is None or channel not in handler.channels:
        raise BadChannel([("kind", f"Messages by {channel} can't leave by “{kind}”.")])
    before = ChannelEndpoint.objects.select_for_update().filter(channel=channel).first()
    known = _secret(tenant_id, before) if before and before.kind == kind else {}
    wanted = dict(secret) if secret is not None else known
    problems = handler.problems(config, wanted)
    if secret is None and known and before and _moved(handler, before.config, config):
        problems = [*problems, _KEPT_BACK[kind]]
    if problems:
        raise BadChannel(problems)
    credential = credentials.keep(tenant_id, VENDOR, channel, wanted) if wanted else None
    endpoint, _ = ChannelEndpoint.objects.update_or_create(
        channel=channel, defaults={"kind": kind, "config": dict(config), "credential": credential}
    )
    audit.record("channel changed", f"channel:{channel}", actor, kind=kind, secret_changed=secret is not None)
    return endpoint


def _moved(handler: Handler, before: Mapping[str, Any], now: Mapping[str, Any]) -> bool:
    return any(before.get(name) != now.get(name) for name in handler.destination)


def endpoint_of(tenant_id: int, channel: str) -> Endpoint:
    """The channel's endpoint with its secret; the sandbox when none is set up."""
    row = ChannelEndpoint.objects.select_related("credential").filter(channel=channel).first()
    if row is None or row.kind not in CHANNELS:
        return Endpoint("sandbox", "sandbox")
    name = f"{tenant_id}:{channel}:{row.updated_at.timestamp()}"
    return Endpoint(name, row.kind, row.config, _secret(tenant_id, row))


def _secret(tenant_id: int, row: ChannelEndpoint) -> dict[str, str]:
    return credentials.read(tenant_id, row.credential) if row.credential else {}
