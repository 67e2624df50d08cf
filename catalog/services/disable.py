"""Take an item off offer without losing it."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from tenants import audit, epochs

from ..models import Item


@transaction.atomic
def disable_item(schema: str, item_id: str, *, actor: str) -> Item | None:
    """The disabled item; None when the catalogue has none of this id. Disabling twice changes nothing."""
    item = Item.objects.select_for_update(no_key=True).filter(external_id=item_id).first()
    if item is None or item.status == Item.Status.UNLISTED:
        return None
    if item.status != Item.Status.DISABLED:
        Item.objects.filter(pk=item.pk).update(status=Item.Status.DISABLED, updated_at=timezone.now())
        item.status = Item.Status.DISABLED
        audit.record("item disabled", f"item:{item_id}", actor)
        epochs.bump(schema, "catalogue")
    return item
