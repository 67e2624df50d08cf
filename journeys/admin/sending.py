"""Settings → Sending: how messages of each channel leave, and how often and when shoppers may be written to."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from tenants import audit
from tenants.console import tenant_site

from ..channels import CHANNELS
from ..models import ChannelEndpoint
from ..models.messages import Channel
from ..services.channel_tests import try_endpoint
from ..services.channels import BadChannel, save_endpoint
from ..services.messages import policy_of, save_policy
from .sending_forms import CHANNEL_ICON, EndpointForm, known_fields

CHANGE = "journeys.change_channelendpoint"


def page(request: HttpRequest) -> HttpResponse:
    """GET shows; POST saves the rules or one channel, or tries one, by the button that was pressed."""
    tenant = request.tenant  # type: ignore[attr-defined]  # HostTenantMiddleware
    broken: EndpointForm | None = None
    if request.method == "POST":
        if not request.user.has_perm(CHANGE):  # type: ignore[union-attr]  # staff
            raise PermissionDenied
        action = request.POST.get("do", "")
        if action == "rules":
            _save_rules(request, tenant)
            return redirect("admin:sending")
        if action == "channel":
            broken = _save_channel(request, tenant)
        else:
            _try(request, tenant)
        if broken is None:
            return redirect("admin:sending")
    return tenant_site.render(
        request,
        "console/journeys/sending.html",
        "Sending",
        [("Settings", None), ("Sending", None)],
        policy=policy_of(tenant.pk),
        zone=tenant.time_zone,
        channels=[_shown(channel, broken) for channel in Channel],
        may_change=request.user.has_perm(CHANGE),
    )


def _save_rules(request: HttpRequest, tenant: Any) -> None:
    said = {
        name: request.POST.get(name, "").strip()
        for name in ("cap_day", "cap_week", "quiet_from", "quiet_until", "give_up_hours")
    }
    try:
        save_policy(tenant.pk, said, actor=audit.staff(request.user))
        messages.success(request, "Saved. It holds for everything sent from now on.")
    except ValueError as error:
        messages.error(request, str(error))


def _save_channel(request: HttpRequest, tenant: Any) -> EndpointForm | None:
    """None when saved; else the form with what is wrong."""
    form = EndpointForm.sent(request.POST)
    try:
        save_endpoint(
            tenant.pk, form.channel, form.kind, form.config, form.secret, actor=audit.staff(request.user)
        )
    except BadChannel as error:
        form.problems = dict(error.problems)
        messages.error(request, "Nothing was saved: " + str(error))
        return form
    label = Channel(form.channel).label
    said = (
        "lands in the sandbox's inbox" if form.kind == "sandbox" else f"leaves by {CHANNELS[form.kind].label}"
    )
    messages.success(request, f"{label} {said} from now on.")
    return None


def _try(request: HttpRequest, tenant: Any) -> None:
    channel, to = request.POST.get("channel", ""), request.POST.get("to", "").strip()
    if channel not in Channel.values:
        messages.error(request, "There is no such channel.")
        return
    worked, sentence = try_endpoint(tenant.pk, channel, to, actor=audit.staff(request.user))
    (messages.success if worked else messages.error)(request, sentence)


def _shown(channel: Channel, broken: EndpointForm | None) -> dict[str, Any]:
    row = ChannelEndpoint.objects.filter(channel=channel).first()
    form = broken if broken and broken.channel == channel else EndpointForm.kept(channel, row)
    kinds = [(kind, c.label) for kind, c in CHANNELS.items() if channel in c.channels]
    return {
        "key": channel.value,
        "label": channel.label,
        "icon": CHANNEL_ICON[channel.value],
        "kind": row.kind if row else "sandbox",
        "now": CHANNELS[row.kind].label if row and row.kind in CHANNELS else "Sandbox inbox",
        "outside": bool(row and row.kind != "sandbox"),
        "kinds": kinds,
        "form": form,
        "fields": [(kind, known_fields(kind, form)) for kind, _ in kinds],
        "open": broken is not None and broken.channel == channel,
    }


tenant_site.page("sending/", page, name="sending", permission="journeys.view_channelendpoint")
