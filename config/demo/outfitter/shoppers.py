"""The outfitter's shoppers and what they like."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .words import AGES, BRANDS, CITIES, COLOURS, KIDS, KINDS, LETTERS, LOOKS, MEN, SHOES, WOMEN

COUNT = 3_000
MEAN_VISITS = 6.4


@dataclass(frozen=True)
class Shopper:
    """Latent tastes: `looks` over LOOKS, `brands` over BRANDS, `colours` over COLOURS, `kinds` over KINDS.

    `departments`: chance of shopping there. `sizes`: the one size that fits, per department and size table.
    `band`: log of how much dearer than usual they buy. `visits`: expected in 180 days. `decided`: how readily they buy.
    """

    user_id: str
    age: int
    gender: str
    city: str
    departments: dict[str, float]
    looks: NDArray[np.float64]
    brands: NDArray[np.float64]
    colours: NDArray[np.float64]
    kinds: NDArray[np.float64]
    sizes: frozenset[tuple[str, str]]
    band: float
    visits: float
    decided: float
    hour: float


def shoppers(seed: int = 1, count: int = COUNT) -> list[Shopper]:
    """`count` shoppers, the same ones for the same seed."""
    rng = np.random.default_rng([seed, 2])
    brand_looks = np.array([brand.looks for brand in BRANDS])
    result = []
    for number in range(1, count + 1):
        gender = str(rng.choice(["female", "male", "not said"], p=[0.56, 0.38, 0.06]))
        age = int(np.clip(rng.gamma(6, 5) + 16, 18, 80))
        looks = rng.dirichlet(np.full(len(LOOKS), 0.35))
        has_kids = 27 <= age <= 50 and rng.random() < 0.4
        own = {"female": WOMEN, "male": MEN, "not said": str(rng.choice([WOMEN, MEN]))}[gender]
        other = MEN if own == WOMEN else WOMEN
        kids = float(rng.uniform(0.2, 0.5)) if has_kids else 0.02
        gifts = float(rng.beta(1.2, 9))
        result.append(
            Shopper(
                user_id=f"shopper-{number:04d}",
                age=age,
                gender=gender,
                city=str(rng.choice(CITIES)),
                departments={own: max(0.05, 1 - kids - gifts), other: gifts, KIDS: kids},
                looks=looks,
                brands=1.5 * (brand_looks @ looks) + rng.normal(0, 0.55, len(BRANDS)),
                colours=rng.normal(0, 0.7, len(COLOURS)),
                kinds=rng.dirichlet(np.full(len(KINDS), 0.6)) + 0.006,
                sizes=frozenset(
                    {
                        (own, str(rng.choice(LETTERS, p=[0.1, 0.25, 0.32, 0.22, 0.11]))),
                        (other, str(rng.choice(LETTERS))),
                        (KIDS, str(rng.choice(AGES))),
                        *((department, str(rng.choice(SHOES[department]))) for department in SHOES),
                    }
                ),
                band=float(rng.normal(0, 0.3) + 0.006 * (age - 40)),
                visits=float(rng.gamma(0.9, MEAN_VISITS / 0.9)) + 0.6,
                decided=float(rng.normal(0, 0.5)),
                hour=float(rng.choice([12.5, 17.0, 20.5], p=[0.25, 0.25, 0.5])),
            )
        )
    return result


def traits(seed: int = 1, count: int = COUNT) -> dict[str, dict[str, Any]]:
    """Shopper → traits as an identify call carries them; the addresses belong to a domain reserved for examples."""
    return {
        shopper.user_id: {
            "age": shopper.age,
            "gender": shopper.gender,
            "location": shopper.city,
            "email": f"{shopper.user_id}@example.com",
            "invented": True,
        }
        for shopper in shoppers(seed, count)
    }
