"""Which count per day an act with an item adds to."""

from __future__ import annotations

from ..models import Interaction
from . import buckets

COUNTS = {
    Interaction.Kind.VIEW: buckets.ITEM_VIEW,
    Interaction.Kind.CART: buckets.CART,
    Interaction.Kind.PURCHASE: buckets.PURCHASE,
    Interaction.Kind.REFUND: buckets.REFUND,
    Interaction.Kind.CLICK: buckets.CLICK,
    Interaction.Kind.WISH: buckets.WISH,
    Interaction.Kind.UNWISH: buckets.UNWISH,
}
