"""Half a year of visits: what the outfitter's shoppers view, put into the cart, buy and send back."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from ..history import CART, PURCHASE, REFUND, VIEW, History
from .products import COUNT as PRODUCTS
from .products import DAYS, Product, catalogue
from .shoppers import COUNT as SHOPPERS
from .shoppers import Shopper, shoppers
from .words import COLOURS, KINDS

# Weight of each thing in the appeal of a product to a shopper; chance is a Gumbel draw of scale 1.
LOOK, BRAND, COLOUR, PRICE, PULL, NEW = 2.2, 0.9, 0.5, 1.1, 0.8, 0.7
SEEN_BEFORE, OWNED = 0.9, -2.0
KIND_OF = {kind.noun: kind for kind in KINDS}
WEEKDAYS = np.array([0.95, 0.9, 0.9, 0.95, 1.0, 1.15, 1.25])


@dataclass
class _Shelf:
    """Products of one kind in one department, as arrays."""

    rows: NDArray[np.int64]
    products: list[Product]
    taste: NDArray[np.float64] = field(init=False)

    def __post_init__(self) -> None:
        goods = self.products
        self.taste = np.array([p.taste for p in goods])
        self.brand = np.array([p.brand for p in goods])
        self.colour = np.array([COLOURS.index(p.colours[0]) for p in goods])
        self.log_price = np.log([p.price / p.kind.price for p in goods])
        self.pull = np.array([p.pull for p in goods])
        self.launched = np.array([p.launched for p in goods])


@dataclass
class _Log:
    user: list[int] = field(default_factory=list)
    item: list[int] = field(default_factory=list)
    kind: list[int] = field(default_factory=list)
    second: list[float] = field(default_factory=list)
    value: list[float] = field(default_factory=list)
    order: list[int] = field(default_factory=list)

    def add(self, user: int, item: int, kind: int, second: float, value: float, order: int) -> None:
        self.user.append(user)
        self.item.append(item)
        self.kind.append(kind)
        self.second.append(second)
        self.value.append(value)
        self.order.append(order)


def history(seed: int = 1, *, today: dt.date, products: int = PRODUCTS, people: int = SHOPPERS) -> History:
    """About 150,000 events over the 180 days before `today`, earliest first; a refund's value is what was paid back."""
    rng = np.random.default_rng([seed, 3])
    goods, cast = catalogue(seed, products), shoppers(seed, people)
    first_day = today - dt.timedelta(days=DAYS)
    shelves = _shelves(goods)
    day_weight = WEEKDAYS[(np.arange(DAYS) + first_day.weekday()) % 7]
    seasons = _season_weights(first_day)
    log = _Log()
    order = 0
    for user, shopper in enumerate(cast):
        days = np.sort(rng.choice(DAYS, rng.poisson(shopper.visits), p=day_weight / day_weight.sum()))
        seen: dict[int, int] = {}
        owned: set[int] = set()
        for day in days.tolist():
            order += 1
            _visit(rng, log, shelves, shopper, user, day, order, seasons[day], seen, owned)
    return _columns(log, goods, cast, first_day)


def _visit(
    rng: Generator,
    log: _Log,
    shelves: dict[tuple[str, str], _Shelf],
    shopper: Shopper,
    user: int,
    day: int,
    order: int,
    season: NDArray[np.float64],
    seen: dict[int, int],
    owned: set[int],
) -> None:
    second = day * 86_400.0 + np.clip(rng.normal(shopper.hour, 2.2), 0.1, 23.0) * 3600
    names = list(shopper.departments)
    chance = np.array([shopper.departments[name] for name in names])
    department = names[int(rng.choice(len(names), p=chance / chance.sum()))]
    wanted = shopper.kinds * season * [(kind.noun, department) in shelves for kind in KINDS]
    kind = KINDS[int(rng.choice(len(KINDS), p=wanted / wanted.sum()))]
    basket: list[tuple[int, Product, float]] = []
    for _ in range(3):
        shelf = shelves[kind.noun, department]
        appeal = _appeal(shelf, shopper, day, seen, owned)
        noisy = np.where(shelf.launched <= day, appeal + rng.gumbel(0, 1, len(appeal)), -np.inf)
        looked_at = np.argsort(-noisy)[: 1 + rng.poisson(2.6)]
        for place in looked_at[np.isfinite(noisy[looked_at])].tolist():
            row, product = int(shelf.rows[place]), shelf.products[place]
            second += float(rng.exponential(45)) + 5
            log.add(user, row, VIEW, second, 0.0, order)
            seen[row] = seen.get(row, 0) + 1
            fits = _fits(product, shopper)
            liking = appeal[place] - 2.6 + (0.0 if fits else -2.5)
            if rng.random() < _chance(liking + shopper.decided):
                second += 20
                log.add(user, row, CART, second, 0.0, order)
                basket.append((row, product, liking))
        partners = [noun for noun in kind.goes_with if (noun, department) in shelves]
        if not partners or rng.random() > 0.38:
            break
        kind = KIND_OF[partners[int(rng.integers(len(partners)))]]
    if basket and rng.random() < _chance(0.2 + shopper.decided + 0.4 * (len(basket) - 1)):
        _buy(rng, log, shopper, user, order, second + float(rng.exponential(240)), basket, owned)


def _buy(
    rng: Generator,
    log: _Log,
    shopper: Shopper,
    user: int,
    order: int,
    second: float,
    basket: list[tuple[int, Product, float]],
    owned: set[int],
) -> None:
    for row, product, liking in basket:
        log.add(user, row, PURCHASE, second, product.price, order)
        owned.add(row)
        sends_back = 0.05 if product.sizes == ("One size",) else 0.16
        if rng.random() < sends_back * (1.5 if liking < -0.5 else 0.8):
            back = second + float(rng.uniform(3, 20)) * 86_400
            if back < DAYS * 86_400:
                log.add(user, row, REFUND, back, product.price, order)


def _appeal(
    shelf: _Shelf, shopper: Shopper, day: int, seen: dict[int, int], owned: set[int]
) -> NDArray[np.float64]:
    novelty = np.exp(-np.maximum(day - shelf.launched, 0) / 25) * (shelf.launched > 0)
    appeal = (
        LOOK * (shelf.taste @ shopper.looks)
        + BRAND * shopper.brands[shelf.brand]
        + COLOUR * shopper.colours[shelf.colour]
        - PRICE * np.abs(shelf.log_price - shopper.band)
        + PULL * shelf.pull
        + NEW * novelty
    )
    for place, row in enumerate(shelf.rows.tolist()):
        if row in owned:
            # Socks and T-shirts are bought again, a coat is not.
            appeal[place] += OWNED if shelf.products[place].kind.price > 25 else 0.8
        elif row in seen:
            appeal[place] += SEEN_BEFORE
    return appeal


def _fits(product: Product, shopper: Shopper) -> bool:
    if len(product.sizes) == 1:
        return True
    return any(
        (product.department, size) in shopper.sizes and size not in product.sold_out for size in product.sizes
    )


def _chance(x: float) -> float:
    return float(1 / (1 + np.exp(-x)))


def _shelves(goods: list[Product]) -> dict[tuple[str, str], _Shelf]:
    rows: dict[tuple[str, str], list[int]] = {}
    for row, product in enumerate(goods):
        rows.setdefault((product.kind.noun, product.department), []).append(row)
    return {
        shelf: _Shelf(np.array(members), [goods[row] for row in members]) for shelf, members in rows.items()
    }


def _season_weights(first_day: dt.date) -> NDArray[np.float64]:
    """(DAYS, kinds): how much each kind is wanted on each day, fading from one season into the next."""
    table = np.array([kind.season for kind in KINDS])
    weights = np.empty((DAYS, len(KINDS)))
    for day in range(DAYS):
        # Spring is centred on mid-April; seasons are a quarter of a year apart.
        phase = ((first_day + dt.timedelta(days=day)).timetuple().tm_yday - 105) / 91.25 % 4
        now, share = int(phase), phase % 1
        weights[day] = table[:, now] * (1 - share) + table[:, (now + 1) % 4] * share
    return weights


def _columns(log: _Log, goods: list[Product], cast: list[Shopper], first_day: dt.date) -> History:
    second = np.minimum(np.array(log.second), DAYS * 86_400 - 1)
    order = np.argsort(second, kind="stable")
    start = np.datetime64(first_day, "us")
    return History(
        users=[shopper.user_id for shopper in cast],
        items=[product.item_id for product in goods],
        user=np.array(log.user, np.int32)[order],
        item=np.array(log.item, np.int32)[order],
        kind=np.array(log.kind, np.int8)[order],
        at=start + (second[order] * 1e6).astype("timedelta64[us]"),
        quantity=np.ones(len(order), np.float32),
        value=np.array(log.value, np.float32)[order],
        order_id=np.array(log.order, np.int64)[order],
        place=np.full(len(order), -1, np.int32),
        channel="web",
    )
