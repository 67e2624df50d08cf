"""Trying a channel: one message that says that it is a test, outside of the outbox, and what came of it in words."""

from __future__ import annotations

import uuid

from tenants import audit
from tenants.models import Tenant

from ..addresses import needs_address, problem_with
from ..channels import CHANNELS
from ..channels.base import Parcel, Trouble, Uncertain
from .channels import endpoint_of


def try_endpoint(tenant_id: int, channel: str, to: str, *, actor: str) -> tuple[bool, str]:
    """Whether the channel took a test message, and a sentence. It ends with the deadline of a call (15 s)."""
    endpoint = endpoint_of(tenant_id, channel)
    if endpoint.kind == "sandbox":
        return False, "This channel leads to the sandbox; send a test from a template instead."
    if needs_address(channel):
        problem = problem_with(channel, to)
        if problem:
            return False, f"{problem[0].upper()}{problem[1:]}."
    shop = Tenant.objects.values_list("name", flat=True).get(pk=tenant_id)
    parcel = Parcel(
        key=f"test:{uuid.uuid4()}",
        channel=channel,
        to=to if needs_address(channel) else "",
        subject=f"A test from {shop}",
        text=f"This is a test of the channel “{channel}” of {shop}. If you can read it, messages arrive.",
    )
    try:
        CHANNELS[endpoint.kind].send(parcel, endpoint)
    except Uncertain as trouble:
        return _noted(channel, actor, False, f"Nobody knows whether it arrived: {str(trouble).rstrip('.')}.")
    except Trouble as trouble:
        return _noted(channel, actor, False, f"It was not taken: {str(trouble).rstrip('.')}.")
    return _noted(channel, actor, True, "The test was taken. Look whether it arrives.")


def _noted(channel: str, actor: str, worked: bool, sentence: str) -> tuple[bool, str]:
    audit.record("channel tried", f"channel:{channel}", actor, worked=worked)
    return worked, sentence
