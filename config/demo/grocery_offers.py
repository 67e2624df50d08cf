"""The grocer's campaigns and coupons as offers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from catalog.lines import ItemInput

from .complete_journey import category_of, offset_days, read

# What a title has room for.
NAMED_KINDS = 2


@dataclass(frozen=True)
class Campaign:
    campaign_id: int
    kind: str
    starts_at: dt.datetime
    ends_at: dt.datetime
    households: list[str]


def campaigns(today: dt.date) -> list[Campaign]:
    """The 27 campaigns with the households they were sent to, dates moved as the purchases are."""
    table, sent = read("campaign_descriptions"), read("campaigns")
    return [
        Campaign(
            campaign_id=campaign_id,
            kind=table["campaign_type"][row],
            starts_at=_moment(table["start_date"][row], today),
            # The last day belongs to the campaign.
            ends_at=_moment(table["end_date"][row], today) + dt.timedelta(days=1),
            households=[str(h) for h in sent["household_id"][sent["campaign_id"] == campaign_id].tolist()],
        )
        for row, campaign_id in enumerate(table["campaign_id"].tolist())
    ]


def offers(today: dt.date) -> Iterator[ItemInput]:
    """Each campaign, and each coupon of a campaign with the products that it holds for."""
    found = {campaign.campaign_id: campaign for campaign in campaigns(today)}
    for campaign in found.values():
        yield _offer(
            campaign,
            item_id=f"campaign-{campaign.campaign_id}",
            title=f"Campaign {campaign.campaign_id}",
            attributes={"households": len(campaign.households)},
        )
    coupons, products = read("coupons"), read("products", ["product_id", "department", "product_category"])
    place = {product_id: row for row, product_id in enumerate(products["product_id"].tolist())}
    order = np.lexsort((coupons["product_id"], coupons["coupon_upc"], coupons["campaign_id"]))
    upcs, campaign_ids = coupons["coupon_upc"][order], coupons["campaign_id"][order]
    edges = np.flatnonzero((np.diff(upcs) != 0) | (np.diff(campaign_ids) != 0)) + 1
    for part in np.split(order, edges):
        upc, campaign_id = int(coupons["coupon_upc"][part[0]]), int(coupons["campaign_id"][part[0]])
        ids = list(dict.fromkeys(coupons["product_id"][part].tolist()))
        yield _offer(
            found[campaign_id],
            item_id=f"coupon-{campaign_id}-{upc}",
            title="Coupon: " + _kinds(ids, products, place),
            attributes={"coupon_upc": str(upc), "products": [str(i) for i in ids], "product_count": len(ids)},
        )


def _offer(campaign: Campaign, *, item_id: str, title: str, attributes: dict[str, Any]) -> ItemInput:
    return ItemInput(
        item_id=item_id,
        kind="offer",
        title=title[:300],
        category=["Offers", campaign.kind],
        starts_at=campaign.starts_at,
        ends_at=campaign.ends_at,
        attributes={"campaign": str(campaign.campaign_id), "campaign_type": campaign.kind, **attributes},
    )


def _kinds(ids: list[int], products: dict[str, NDArray[Any]], place: dict[int, int]) -> str:
    """What the coupon is for, in words: its products' most frequent categories."""
    counts: dict[str, int] = {}
    for product_id in ids:
        row = place.get(product_id)
        if row is not None:
            steps = category_of(
                products["department"][row] or "", products["product_category"][row] or "", ""
            )
            counts[steps[-1]] = counts.get(steps[-1], 0) + 1
    names = sorted(counts, key=lambda name: (-counts[name], name))
    if not names:
        return "selected products"
    shown = " and ".join(names[:NAMED_KINDS])
    return shown + (f" and {len(names) - NAMED_KINDS} more" if len(names) > NAMED_KINDS else "")


def _moment(value: Any, today: dt.date) -> dt.datetime:
    day = np.datetime64(value, "D").astype(object) + dt.timedelta(days=offset_days(today))
    return dt.datetime.combine(day, dt.time(), dt.UTC)
