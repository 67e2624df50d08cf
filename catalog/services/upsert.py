"""Lay items over the catalogue, in batches, each in its own transaction."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal
from itertools import islice
from typing import Any

from django.db import connection, transaction
from msgspec import UNSET

from tenants import epochs
from tenants.due import mark_due
from tenants.models import Tenant

from ..lines import BadItem, ItemInput, checked
from . import variants
from .report import Report
from .statement import EVERYTHING, mask_of, parameters, upsert_sql

BATCH = 1000
Numbered = tuple[int, ItemInput | BadItem]


def upsert_items(
    schema: str,
    rows: Iterable[ItemInput],
    *,
    currency: str = "",
    batch: int = BATCH,
    replace: bool = False,
) -> Report:
    """Create and change items; rows are numbered from 1. Good ones go in, bad ones are reported.

    `currency`: of new items with a price whose currency is not given. `replace`: a field left out takes its default
    instead of staying as it is. Batches commit one by one, so a broken off call leaves whole batches; calling again
    with the same rows changes nothing.
    """
    report = Report()
    apply_numbered(schema, _checked(rows), report, currency=currency, batch=batch, replace=replace)
    return report


def apply_numbered(
    schema: str,
    rows: Iterable[Numbered],
    report: Report,
    *,
    currency: str,
    batch: int = BATCH,
    replace: bool = False,
) -> None:
    """As `upsert_items`, for rows with numbers of their own, some of them refused already; fills `report`."""
    tenant_id = Tenant.objects.values_list("id", flat=True).get(schema_name=schema)
    source = iter(rows)
    while part := list(islice(source, batch)):
        report.lines += len(part)
        good: list[tuple[int, ItemInput]] = []
        for number, row in part:
            if isinstance(row, BadItem):
                report.reject(number, row.item_id, row.code, row.message)
            else:
                good.append((number, row))
        if good:
            with transaction.atomic():
                _Batch(schema, tenant_id, report, currency, replace).apply(good)


def _checked(rows: Iterable[ItemInput]) -> Iterator[Numbered]:
    for number, row in enumerate(rows, start=1):
        try:
            yield number, checked(row)
        except BadItem as error:
            yield number, error


class _Batch:
    """One transaction: lock what exists, refuse what can't be created, write, tell who depends on it."""

    def __init__(self, schema: str, tenant_id: int, report: Report, currency: str, replace: bool) -> None:
        self.schema = schema
        self.tenant_id = tenant_id
        self.report = report
        self.currency = currency
        self.replace = replace

    def apply(self, numbered: list[tuple[int, ItemInput]]) -> None:
        merged = self._merge_repeated(numbered)
        with connection.cursor() as cursor:
            before = self._lock(cursor, list(merged))
            rows = [row for number, row in merged.values() if self._accepts(number, row, before)]
            if not rows:
                return
            created, changed, new_text = self._write(cursor, rows, before)
            with_variants = [row for row in rows if row.variants is not UNSET]
            if with_variants:
                pks = {name: pk for name, (pk, _, _) in before.items()} | created | changed
                touched = variants.store(cursor, self.schema, with_variants, pks)
                changed |= {name: pk for name, pk in touched.items() if name not in created}
            self.report.created += len(created)
            self.report.changed += len(changed)
            self.report.unchanged += len(rows) - len(created) - len(changed)
            if new_text:
                mark_due(cursor, self.tenant_id, "vectors")
            if created or changed:
                epochs.bump(self.schema, "catalogue")

    def _merge_repeated(self, numbered: list[tuple[int, ItemInput]]) -> dict[str, tuple[int, ItemInput]]:
        """One row per item: a statement can't touch a row twice, and the later line has the last word."""
        merged: dict[str, tuple[int, ItemInput]] = {}
        for number, row in numbered:
            earlier = merged.get(str(row.item_id))
            if earlier is not None:
                self.report.repeated += 1
                if not self.replace:
                    row = _laid_over(earlier[1], row)
            merged[str(row.item_id)] = (number, row)
        return merged

    def _lock(self, cursor: Any, item_ids: list[str]) -> dict[str, tuple[int, str, bytes]]:
        """item id → (pk, status, content digest) of what exists, locked in one order, so that bulks never deadlock."""
        cursor.execute(
            f"""SELECT external_id, id, status, content_digest FROM "{self.schema}".catalog_item
                WHERE external_id = ANY(%s) ORDER BY external_id FOR NO KEY UPDATE""",
            [item_ids],
        )
        return {name: (pk, status, bytes(digest)) for name, pk, status, digest in cursor.fetchall()}

    def _accepts(self, number: int, row: ItemInput, before: dict[str, tuple[int, str, bytes]]) -> bool:
        known = before.get(str(row.item_id))
        is_new = known is None or known[1] == "unlisted"
        if row.title is UNSET and (is_new or self.replace):
            self.report.reject(number, str(row.item_id), "title_required", "title: a new item needs one.")
            return False
        if row.status is UNSET and (is_new or row.title is not UNSET):
            # A whole item that comes back is on offer again; a price or stock change alone revives nothing.
            row.status = "active"
        if row.currency is UNSET and (is_new or self.replace) and isinstance(row.price, Decimal):
            row.currency = self.currency
        if row.variants is UNSET and self.replace:
            row.variants = []
        return True

    def _write(
        self, cursor: Any, rows: list[ItemInput], before: dict[str, tuple[int, str, bytes]]
    ) -> tuple[dict[str, int], dict[str, int], bool]:
        """Created and changed items (item id → pk), and whether any content vector is stale now."""
        masks = [EVERYTHING if self.replace else mask_of(row) for row in rows]
        cursor.execute(upsert_sql(self.schema), parameters(rows, masks))
        created: dict[str, int] = {}
        changed: dict[str, int] = {}
        new_text = False
        for pk, name, is_new, digest in cursor.fetchall():
            (created if is_new else changed)[name] = pk
            known = before.get(name)
            new_text = new_text or known is None or known[1] == "unlisted" or known[2] != bytes(digest)
        # An item that only events knew so far is new to the catalogue.
        for name in [name for name in changed if name in before and before[name][1] == "unlisted"]:
            created[name] = changed.pop(name)
        return created, changed, new_text


def _laid_over(earlier: ItemInput, later: ItemInput) -> ItemInput:
    for name in later.__struct_fields__:
        if getattr(later, name) is UNSET:
            setattr(later, name, getattr(earlier, name))
    return later
