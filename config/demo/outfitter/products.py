"""The outfitter's catalogue."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from catalog.lines import ItemInput, VariantInput

from .words import (
    AGES,
    BRANDS,
    COLOURS,
    FITS,
    KIDS,
    KINDS,
    LETTERS,
    LOOK_COLOURS,
    LOOK_SENTENCES,
    LOOKS,
    MODELS,
    ONE_SIZE,
    PATTERNS,
    SHOES,
    Brand,
    Kind,
)

COUNT = 2_400
DAYS = 180
NOTE = "Invented for a demonstration; it can't be bought anywhere."
NEW_SHARE = 0.22


@dataclass(frozen=True)
class Product:
    """`taste`: how much it has of each look; `pull`: how popular it is for no reason; `launched`: day 0..DAYS-1."""

    item_id: str
    kind: Kind
    department: str
    brand: int
    look: str
    taste: NDArray[np.float64]
    colours: tuple[str, ...]
    material: str
    pattern: str
    fit: str
    model: str
    price: float
    sizes: tuple[str, ...]
    sold_out: frozenset[str]
    pull: float
    launched: int

    @property
    def title(self) -> str:
        look = "" if self.pattern == "plain" else self.pattern + " "
        return f"{(look + self.material + ' ' + self.kind.noun).capitalize()} {self.model}"

    @property
    def category(self) -> str:
        return f"{self.department} > {self.kind.category}"


def catalogue(seed: int = 1, count: int = COUNT) -> list[Product]:
    """`count` products, the same ones for the same seed."""
    rng = np.random.default_rng([seed, 1])
    shelves = [(kind, department) for kind in KINDS for department in kind.departments]
    weight = np.array([{"Women": 1.5, "Men": 1.1, "Kids": 0.7}[d] for _, d in shelves]) * rng.uniform(
        0.6, 1.4, len(shelves)
    )
    chosen = rng.choice(len(shelves), count, p=weight / weight.sum())
    return [_product(rng, number, *shelves[shelf]) for number, shelf in enumerate(chosen.tolist(), start=1)]


def _product(rng: Generator, number: int, kind: Kind, department: str) -> Product:
    makers = [position for position, brand in enumerate(BRANDS) if department in brand.departments]
    brand = int(rng.choice(makers))
    taste = rng.dirichlet(np.array(BRANDS[brand].looks) * 6 + 0.15)
    look = LOOKS[int(taste.argmax())]
    shades = np.array(LOOK_COLOURS[look], float)
    number_of_colours = int(rng.integers(1, 4))
    colours = rng.choice(len(COLOURS), number_of_colours, replace=False, p=shades / shades.sum())
    price = kind.price * BRANDS[brand].tier * (0.7 if department == KIDS else 1) * rng.lognormal(0, 0.22)
    sizes = sizes_of(kind, department)
    return Product(
        item_id=f"OF-{number:05d}",
        kind=kind,
        department=department,
        brand=brand,
        look=look,
        taste=taste,
        colours=tuple(COLOURS[c] for c in colours),
        material=str(rng.choice(kind.materials)),
        pattern=str(rng.choice(PATTERNS)),
        fit=str(rng.choice(FITS)),
        model=str(rng.choice(MODELS)),
        price=max(5.0, round(float(price)) - 0.05),
        sizes=sizes,
        sold_out=frozenset(size for size in sizes if len(sizes) > 1 and rng.random() < 0.08),
        pull=float(rng.normal(0, 0.9)),
        launched=int(rng.integers(1, DAYS)) if rng.random() < NEW_SHARE else 0,
    )


def sizes_of(kind: Kind, department: str) -> tuple[str, ...]:
    if kind.sizes == "one":
        return ONE_SIZE
    if kind.sizes == "shoes":
        return SHOES[department]
    return AGES if department == KIDS else LETTERS


def season_of(kind: Kind) -> str:
    names = ("spring", "summer", "autumn", "winter")
    return "all year" if max(kind.season) <= 1 else names[int(np.argmax(kind.season))]


def items(seed: int = 1, *, today: dt.date, count: int = COUNT) -> Iterator[ItemInput]:
    """The catalogue as the catalogue service takes it, with variants, all of it labelled as invented."""
    first_day = today - dt.timedelta(days=DAYS)
    for product in catalogue(seed, count):
        brand: Brand = BRANDS[product.brand]
        yield ItemInput(
            item_id=product.item_id,
            kind="product",
            title=product.title,
            description=(
                f"A {product.fit} {product.kind.noun} in {' or '.join(product.colours)}, made of "
                f"{product.material}. {LOOK_SENTENCES[product.look]} By {brand.name}. {NOTE}"
            ),
            brand=brand.name,
            category=product.category,
            price=Decimal(f"{product.price:.2f}"),
            currency="USD",
            available=len(product.sold_out) < len(product.sizes),
            image="",
            attributes={
                "department": product.department,
                "colour": product.colours[0],
                "colours": list(product.colours),
                "material": product.material,
                "pattern": product.pattern,
                "fit": product.fit,
                "style": product.look,
                "season": season_of(product.kind),
                "launched": (first_day + dt.timedelta(days=product.launched)).isoformat(),
                "invented": True,
            },
            variants=[
                VariantInput(
                    variant_id=f"{product.item_id}-{colour.replace(' ', '')}-{size.replace(' ', '')}",
                    title=f"{colour.capitalize()}, {size}",
                    price=Decimal(f"{product.price:.2f}"),
                    available=size not in product.sold_out,
                    attributes={"colour": colour, "size": size},
                )
                for colour in product.colours
                for size in product.sizes
            ],
        )
