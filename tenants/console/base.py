"""The base of every admin class: audit records instead of Django's log, our words in the header, page size."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.admin.views.main import ChangeList
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from unfold.admin import ModelAdmin

from tenants import audit, epochs
from tenants.db import connection

from .paging import QuickPaginator

PAGE_SIZES = (25, 50, 100, 200)
_PAGE_SIZE = "per"


class SizedChangeList(ChangeList):
    """A list whose page size the reader chooses."""

    def get_results(self, request: HttpRequest) -> None:
        wanted = request.GET.get(_PAGE_SIZE, "")
        if wanted.isdigit() and int(wanted) in PAGE_SIZES:
            self.list_per_page = int(wanted)
        super().get_results(request)
        self.page_sizes = [(size, self.get_query_string({_PAGE_SIZE: size}, ["p"])) for size in PAGE_SIZES]

    def get_filters_params(self, params: Any = None) -> dict[str, Any]:
        chosen = super().get_filters_params(params)
        chosen.pop(_PAGE_SIZE, None)
        return chosen


class ConsoleAdmin(ModelAdmin):
    # What people call the rows of this page, as the navigation does.
    room: ClassVar[str] = ""
    plural: ClassVar[str] = ""
    singular: ClassVar[str] = ""
    counted: ClassVar[str] = ""  # the rows, where the list's name is no word for them: "148 audit records"
    # The counter of tenants.epochs that a change of these rows moves.
    epoch: ClassVar[str] = ""
    # Shown by an empty list: why there is nothing, and what to do next.
    empty_title: ClassVar[str] = ""
    empty_hint: ClassVar[str] = ""
    no_match_hint: ClassVar[str] = ""

    paginator = QuickPaginator
    list_per_page = 25
    list_max_show_all = 0
    show_full_result_count = False
    list_filter_submit = True
    list_fullwidth = True
    compressed_fields = True
    warn_unsaved_form = True

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return SizedChangeList

    # Django's own log refers to content types, whose ids differ between schemas; the audit trail is what people read.
    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> None:
        self._record(request, obj, "added")

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> None:
        changed = [name for part in message or [] for name in part.get("changed", {}).get("fields", [])]
        self._record(request, obj, "changed", fields=changed)

    def log_deletions(self, request: HttpRequest, queryset: Any) -> None:
        for obj in queryset:
            self._record(request, obj, "deleted")

    def _record(self, request: HttpRequest, obj: Any, verb: str, **details: Any) -> None:
        name = self.singular or obj._meta.model_name
        audit.record(
            f"{name} {verb}", f"{obj._meta.model_name}:{obj.pk}", audit.staff(request.user), **details
        )
        if self.epoch:
            epochs.bump(connection.schema_name, self.epoch)

    @transaction.atomic
    def delete_queryset(self, request: HttpRequest, queryset: Any) -> None:
        super().delete_queryset(request, queryset)
        if self.epoch:
            epochs.bump(connection.schema_name, self.epoch)

    def crumbs(self, *last: tuple[str, str | None]) -> dict[str, Any]:
        """Context for the header: room, list, and what follows it."""
        site, meta = self.admin_site.name, self.model._meta
        to_list = reverse(f"{site}:{meta.app_label}_{meta.model_name}_changelist")
        return {"crumbs": [(self.room, None), (self.plural, to_list if last else None), *last]}

    def page(
        self,
        request: HttpRequest,
        template: str,
        title: str,
        /,
        *crumbs: tuple[str, str | None],
        status: int = 200,
        **context: Any,
    ) -> TemplateResponse:
        """A page of our own; `crumbs` follow the list's: its title, unless there are others."""
        path = self.crumbs(*(crumbs or [(title, None)]))["crumbs"]
        return self.admin_site.render(request, template, title, path, status=status, **context)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        context = {
            **self.crumbs(),
            "title": self.plural,
            **(extra_context or {}),
        }
        return super().changelist_view(request, context)

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        obj = self.get_object(request, object_id) if object_id else None
        last = str(obj) if obj else f"New {self.singular}"
        context = {**self.crumbs((last, None)), "title": last, **(extra_context or {})}
        return super().changeform_view(request, object_id, form_url, context)

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        context = {**self.crumbs((f"Delete {self.singular}", None)), **(extra_context or {})}
        return super().delete_view(request, object_id, context)


class ReadOnlyAdmin(ConsoleAdmin):
    """Rows that staff read and nobody edits."""

    actions: Any = None

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
