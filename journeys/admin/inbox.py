"""The sandbox's inbox, as a mail client shows it: the list on the left, the letter on the right."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.utils import timezone
from django.views.decorators.http import require_POST

from profiles.models import Profile
from tenants import audit
from tenants.console import ReadOnlyAdmin, tenant_site

from ..models import ChannelEndpoint, InboxMessage
from ..models.messages import Channel
from .letters import Letter, in_new_tab, opened

PER_PAGE = 30


@admin.register(InboxMessage, site=tenant_site)
class InboxAdmin(ReadOnlyAdmin):
    room, plural, singular, counted = "Journeys", "Inbox", "message", "messages"

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        own = [path("empty/", wrap(require_POST(self.empty)), name="journeys_inbox_empty")]
        return own + super().get_urls()

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return self._inbox(request, None)

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        chosen = self.get_object(request, object_id) if object_id else None
        if chosen is None:
            raise Http404("There is no such message.")
        return self._inbox(request, chosen)

    def empty(self, request: HttpRequest) -> HttpResponse:
        """Throws the sandbox's copies away; what was sent to whom stays under Messages."""
        if not request.user.has_perm("journeys.delete_inboxmessage"):  # type: ignore[union-attr]  # staff
            raise PermissionDenied
        gone, _ = InboxMessage.objects.all().delete()
        audit.record("inbox emptied", "inbox:sandbox", audit.staff(request.user), messages=gone)
        return redirect("admin:journeys_inboxmessage_changelist")

    def _inbox(self, request: HttpRequest, chosen: InboxMessage | None) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        rows = InboxMessage.objects.all()
        channel = request.GET.get("channel", "")
        if channel in Channel.values:
            rows = rows.filter(channel=channel)
        page = Paginator(rows.order_by("-at", "-id")[:3000], PER_PAGE).get_page(request.GET.get("p"))
        listed = list(page)
        letters = opened(request, [*listed, *([chosen] if chosen else [])])
        letter = letters.get(chosen.pk) if chosen else None
        read = letter is not None and not letter.hidden
        if (
            read
            and chosen
            and chosen.read_at is None
            and not request.headers.get("HX-History-Restore-Request")
        ):
            InboxMessage.objects.filter(pk=chosen.pk, read_at=None).update(read_at=timezone.now())
        shopper = (
            Profile.objects.filter(pk=chosen.profile_id).first() if chosen and chosen.profile_id else None
        )
        return self.admin_site.render(
            request,
            "console/journeys/inbox.html",
            (letter.subject if letter else "") or "Inbox",
            self.crumbs()["crumbs"],
            rows=[{"message": row, "letter": letters.get(row.pk, Letter(""))} for row in listed],
            page=page,
            chosen=chosen,
            letter=letter,
            # Reading here is what the shopper would do: opening and clicking count.
            html=in_new_tab(letter.html) if letter and letter.html else "",
            shopper=shopper,
            channel=channel,
            channels=Channel.choices,
            leaving=[e.get_channel_display() for e in ChannelEndpoint.objects.exclude(kind="sandbox")],
            may_empty=request.user.has_perm("journeys.delete_inboxmessage"),
        )
