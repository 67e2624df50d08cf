"""Events that could not be taken: read, mend, send again, one by one or many alike."""

from __future__ import annotations

from typing import Any

import orjson
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.views.decorators.http import require_POST
from unfold.decorators import display

from tenants import audit
from tenants.console import ReadOnlyAdmin, tenant_site

from ..dead_letters import CannotReplay, discard, jobs, replay, restore
from ..dead_letters.edits import BadEdit
from ..dead_letters.finding import groups
from ..dead_letters.tasks import hint
from ..models import DeadLetter, LetterJob
from . import letter_filters, letter_jobs, letter_page, letter_words

_TONE = {"open": "warn", "replayed": "good", "discarded": ""}


@admin.register(DeadLetter, site=tenant_site)
class DeadLetterAdmin(ReadOnlyAdmin):
    room, plural, singular = "Shoppers", "Dead letters", "dead letter"
    empty_title = "No dead letters"
    empty_hint = "Events that can't be taken are kept here with the reason, to be mended and sent again."
    list_display = ("shown_reason", "shown_event", "detail", "received", "shown_status")
    list_display_links = ("shown_reason",)
    list_filter = (
        letter_filters.StatusFilter,
        letter_filters.ReasonFilter,
        letter_filters.EventFilter,
        letter_filters.PathFilter,
        letter_filters.SourceFilter,
        letter_filters.ReceivedFilter,
    )
    search_fields = ("reason", "detail", "event", "path")
    search_help_text = "Reason, event, field or detail"
    list_before_template = "console/letters/groups.html"
    change_form_template = "console/letters/letter.html"
    fields = ()
    actions = ("replay_many", "mend_many", "discard_many", "restore_many")

    class Media:
        css = {"all": ("console/arrivals.css",)}

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        own = [
            path("<int:pk>/check/", wrap(require_POST(self.check_mended)), name="letter_check"),
            path("jobs/<int:pk>/", wrap(self.job), name="letter_job"),
            path("jobs/<int:pk>/progress/", wrap(self.job_progress), name="letter_job_progress"),
            path("jobs/<int:pk>/preview/", wrap(require_POST(self.job_preview)), name="letter_job_preview"),
        ]
        return own + super().get_urls()

    # A list of letters, and what is done to many of them.

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        more: dict[str, Any] = {"may_mend": self.has_mend_permission(request)}
        if request.method == "GET":
            more["groups"] = [(group, letter_words.reason(group.reason)) for group in groups()]
            more["running"] = LetterJob.objects.filter(status=LetterJob.Status.RUNNING)[:5]
        return super().changelist_view(request, {**more, **(extra_context or {})})

    def has_mend_permission(self, request: HttpRequest) -> bool:
        """Asked by the actions below too."""
        return request.user.has_perm("profiles.change_deadletter")  # type: ignore[union-attr]  # staff

    @admin.action(description="Send again", permissions=["mend"])
    def replay_many(self, request: HttpRequest, letters: QuerySet[DeadLetter]) -> HttpResponse | None:
        return self._begin(request, letters, "replay")

    @admin.action(description="Mend and send again…", permissions=["mend"])
    def mend_many(self, request: HttpRequest, letters: QuerySet[DeadLetter]) -> HttpResponse | None:
        return self._begin(request, letters, "mend")

    @admin.action(description="Discard", permissions=["mend"])
    def discard_many(self, request: HttpRequest, letters: QuerySet[DeadLetter]) -> HttpResponse | None:
        return self._begin(request, letters, "discard")

    @admin.action(description="Take back what was discarded", permissions=["mend"])
    def restore_many(self, request: HttpRequest, letters: QuerySet[DeadLetter]) -> HttpResponse | None:
        return self._begin(request, letters, "restore")

    def _begin(self, request: HttpRequest, letters: QuerySet[DeadLetter], kind: str) -> HttpResponse | None:
        scope = letter_jobs.scope_of(request)
        # Sorted and joined for the list: the numbers alone are wanted.
        chosen = DeadLetter.objects.filter(pk__in=letters.order_by().values("pk"))
        job = jobs.begin(scope, chosen, kind, actor=audit.staff(request.user))
        if job is None:
            wanted = "discarded" if kind == "restore" else "open"
            messages.warning(request, f"None of the chosen letters is {wanted}: nothing was done.")
            return None
        if job.status == LetterJob.Status.RUNNING:
            hint(scope.schema)
        return redirect("admin:letter_job", job.pk)

    def job(self, request: HttpRequest, pk: int) -> HttpResponse:
        job = self._job(request, pk)
        bad = ""
        if request.method == "POST":
            if not self.has_mend_permission(request):
                raise PermissionDenied
            answer = self._decide_job(request, job)
            if isinstance(answer, HttpResponse):
                return answer
            bad = answer
        title = job.get_kind_display()
        return self.page(
            request,
            "console/letters/job.html",
            title,
            bad=bad,
            verbs=letter_jobs.verbs(),
            may_mend=self.has_mend_permission(request),
            **letter_jobs.context(job),
        )

    def _decide_job(self, request: HttpRequest, job: LetterJob) -> HttpResponse | str:
        scope, actor = letter_jobs.scope_of(request), audit.staff(request.user)
        if "cancel" in request.POST:
            jobs.cancel(job, actor=actor)
        elif "undo" in request.POST:
            undone = jobs.undo(scope, job, actor=actor)
            job = undone or job
            hint(scope.schema)
        else:
            try:
                jobs.start(scope, job, actor=actor, edits=_json(request.POST.get("edits", "")))
            except BadEdit as error:
                return str(error)
            hint(scope.schema)
        return redirect("admin:letter_job", job.pk)

    def job_progress(self, request: HttpRequest, pk: int) -> HttpResponse:
        job = self._job(request, pk)
        more = {**letter_jobs.context(job), "may_mend": self.has_mend_permission(request)}
        return render(request, "console/letters/progress.html", more)

    def job_preview(self, request: HttpRequest, pk: int) -> HttpResponse:
        if not self.has_mend_permission(request):
            raise PermissionDenied
        found = letter_jobs.preview(request, self._job(request, pk), _json(request.POST.get("edits", "")))
        return render(request, "console/letters/examples.html", found)

    def _job(self, request: HttpRequest, pk: int) -> LetterJob:
        if not self.has_view_permission(request):
            raise PermissionDenied
        return get_object_or_404(LetterJob, pk=pk)

    # One letter.

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        letter = self.get_object(request, object_id) if object_id else None
        if letter is None:
            return super().changeform_view(request, object_id, form_url, extra_context)
        if request.method == "POST":
            return self._decide(request, letter)
        return super().changeform_view(
            request, object_id, form_url, {**self._page(request, letter), **(extra_context or {})}
        )

    def _page(self, request: HttpRequest, letter: DeadLetter, **more: Any) -> dict[str, Any]:
        reason = letter_words.reason(letter.reason)
        return {
            **self.crumbs((reason, None)),
            **letter_page.context(letter_jobs.scope_of(request), letter),
            "may_mend": self.has_mend_permission(request),
            **more,
        }

    def _decide(self, request: HttpRequest, letter: DeadLetter) -> HttpResponse:
        if not self.has_mend_permission(request):
            raise PermissionDenied
        actor, here = audit.staff(request.user), reverse("admin:profiles_deadletter_change", args=[letter.pk])
        if "restore" in request.POST:
            restore(letter, actor=actor)
            messages.success(request, "The event is open again.")
            return redirect(here)
        if "discard" in request.POST:
            discard(letter, actor=actor)
            messages.success(
                request, "The event was discarded. It stays here, marked so; you can take it back."
            )
            return redirect(here)
        text = request.POST.get("payload", "")
        try:
            counts = replay(letter_jobs.scope_of(request), letter, actor=actor, mended=text.encode())
        except CannotReplay as error:
            context = self._page(request, letter, payload=text, refused=str(error))
            request.method = "GET"
            return super().changeform_view(request, str(letter.pk), "", context)
        if counts:
            messages.success(request, "The event was taken. It shows among the events in a moment.")
        else:
            messages.warning(
                request, "An event with this messageId has counted before: this one does not count again."
            )
        return redirect("admin:profiles_deadletter_changelist")

    def check_mended(self, request: HttpRequest, pk: int) -> HttpResponse:
        """What the door would say of the text as it stands, while somebody mends it."""
        if not self.has_mend_permission(request):
            raise PermissionDenied
        letter = get_object_or_404(DeadLetter, pk=pk)
        found = letter_page.check(letter_jobs.scope_of(request), letter, request.POST.get("payload", ""))
        return render(request, "console/letters/checked.html", found)

    # Columns.

    @display(description="Reason", ordering="reason")
    def shown_reason(self, letter: DeadLetter) -> str:
        return letter_words.reason(letter.reason)

    @display(description="Event", ordering="event")
    def shown_event(self, letter: DeadLetter) -> str:
        return letter.event or letter.type or "–"

    @display(description="Received", ordering="received_at")
    def received(self, letter: DeadLetter) -> SafeString:
        return format_html(
            '<time class="nowrap" datetime="{}">{}</time>', letter.received_at.isoformat(), letter.received_at
        )

    @display(description="Status", ordering="status")
    def shown_status(self, letter: DeadLetter) -> SafeString:
        return format_html(
            '<span class="pill {}">{}</span>', _TONE.get(letter.status, ""), letter.get_status_display()
        )


def _json(text: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
