"""The outfitter's vocabulary. Brands, people and places of sale are invented."""

from __future__ import annotations

from dataclasses import dataclass

LOOKS = ("classic", "street", "boho", "minimal", "outdoor")
WOMEN, MEN, KIDS = "Women", "Men", "Kids"
DEPARTMENTS = (WOMEN, MEN, KIDS)


@dataclass(frozen=True)
class Brand:
    """`looks`: weight of each of LOOKS; `tier` multiplies prices."""

    name: str
    looks: tuple[float, float, float, float, float]
    tier: float
    departments: tuple[str, ...] = DEPARTMENTS


BRANDS = (
    Brand("Aldermere", (0.8, 0.0, 0.1, 0.1, 0.0), 1.5, (WOMEN, MEN)),
    Brand("Brisk & Vale", (0.2, 0.0, 0.0, 0.1, 0.7), 1.3),
    Brand("Castorf", (0.5, 0.1, 0.0, 0.4, 0.0), 1.9, (WOMEN, MEN)),
    Brand("Dovelane", (0.3, 0.0, 0.6, 0.1, 0.0), 1.0, (WOMEN, KIDS)),
    Brand("Eastquay", (0.1, 0.7, 0.0, 0.2, 0.0), 0.9),
    Brand("Fennimoor", (0.1, 0.0, 0.2, 0.0, 0.7), 1.1),
    Brand("Grafvik", (0.1, 0.1, 0.0, 0.8, 0.0), 1.4, (WOMEN, MEN)),
    Brand("Hullo Finch", (0.2, 0.4, 0.3, 0.0, 0.1), 0.7, (KIDS,)),
    Brand("Ibberton", (0.6, 0.1, 0.1, 0.2, 0.0), 0.8),
    Brand("Juno Parade", (0.0, 0.6, 0.4, 0.0, 0.0), 0.8, (WOMEN, KIDS)),
    Brand("Kestrel Row", (0.0, 0.8, 0.0, 0.1, 0.1), 1.2, (MEN, KIDS)),
    Brand("Lumen Yard", (0.2, 0.1, 0.1, 0.5, 0.1), 0.6),
    Brand("Marisol Bay", (0.0, 0.1, 0.9, 0.0, 0.0), 1.1, (WOMEN,)),
    Brand("Northpin", (0.0, 0.2, 0.0, 0.2, 0.6), 1.6, (WOMEN, MEN)),
)

LETTERS = ("XS", "S", "M", "L", "XL")
AGES = ("92", "104", "116", "128", "140", "152")
SHOES = {
    WOMEN: ("36", "37", "38", "39", "40", "41"),
    MEN: ("41", "42", "43", "44", "45", "46"),
    KIDS: ("28", "30", "32", "34", "36", "38"),
}
ONE_SIZE = ("One size",)


@dataclass(frozen=True)
class Kind:
    """`season`: how much it is wanted in spring, summer, autumn, winter. `goes_with`: what is bought beside it."""

    noun: str
    category: str
    departments: tuple[str, ...]
    price: float
    materials: tuple[str, ...]
    season: tuple[float, float, float, float]
    sizes: str = "letters"
    goes_with: tuple[str, ...] = ()


_ALL = (1.0, 1.0, 1.0, 1.0)
_WARM = (1.2, 1.8, 0.6, 0.3)
_COLD = (0.7, 0.2, 1.5, 1.8)
KINDS = (
    Kind("dress", "Dresses", (WOMEN, KIDS), 69, ("linen", "cotton", "viscose", "jersey"), _WARM, goes_with=("sandals", "cardigan", "handbag")),
    Kind("blouse", "Tops", (WOMEN,), 45, ("silk", "cotton", "viscose"), _ALL, goes_with=("trousers", "skirt", "jeans")),
    Kind("T-shirt", "T-shirts", DEPARTMENTS, 22, ("cotton", "organic cotton", "jersey"), (1.2, 1.6, 0.8, 0.6), goes_with=("jeans", "shorts", "sneakers")),
    Kind("shirt", "Shirts", (MEN, KIDS), 49, ("linen", "cotton", "flannel", "denim"), _ALL, goes_with=("trousers", "jeans", "belt")),
    Kind("sweater", "Knitwear", DEPARTMENTS, 65, ("merino", "lambswool", "cotton", "cashmere"), _COLD, goes_with=("jeans", "scarf", "trousers")),
    Kind("cardigan", "Knitwear", (WOMEN, KIDS), 59, ("merino", "cotton", "mohair"), (1.1, 0.5, 1.4, 1.2), goes_with=("dress", "skirt")),
    Kind("hoodie", "Sweatshirts", DEPARTMENTS, 55, ("cotton", "fleece", "organic cotton"), (1.0, 0.5, 1.3, 1.2), goes_with=("jeans", "sneakers", "beanie")),
    Kind("jeans", "Jeans", DEPARTMENTS, 75, ("denim", "stretch denim", "raw denim"), _ALL, goes_with=("T-shirt", "sweater", "belt")),
    Kind("trousers", "Trousers", DEPARTMENTS, 69, ("wool", "linen", "cotton twill"), _ALL, goes_with=("shirt", "blouse", "belt")),
    Kind("leggings", "Sportswear", (WOMEN, KIDS), 35, ("jersey", "recycled nylon"), _ALL, goes_with=("hoodie", "sneakers")),
    Kind("running top", "Sportswear", (WOMEN, MEN), 39, ("recycled polyester", "merino"), (1.3, 1.2, 0.9, 0.8), goes_with=("shorts", "sneakers")),
    Kind("skirt", "Skirts", (WOMEN, KIDS), 49, ("denim", "viscose", "wool", "linen"), (1.2, 1.4, 0.9, 0.6), goes_with=("blouse", "cardigan")),
    Kind("shorts", "Shorts", DEPARTMENTS, 39, ("cotton twill", "linen", "denim"), (1.2, 2.2, 0.3, 0.1), goes_with=("T-shirt", "sandals")),
    Kind("jacket", "Jackets", DEPARTMENTS, 119, ("denim", "waxed cotton", "leather", "softshell"), (1.4, 0.4, 1.5, 0.8), goes_with=("scarf", "jeans")),
    Kind("coat", "Coats", (WOMEN, MEN), 189, ("wool", "down", "cashmere blend"), (0.5, 0.1, 1.5, 2.0), goes_with=("scarf", "boots", "sweater")),
    Kind("raincoat", "Jackets", (KIDS, WOMEN), 79, ("recycled polyester", "rubberised cotton"), (1.5, 0.6, 1.5, 0.7), goes_with=("boots",)),
    Kind("sneakers", "Shoes > Sneakers", DEPARTMENTS, 89, ("canvas", "leather", "mesh"), (1.2, 1.2, 1.0, 0.7), "shoes", ("socks", "jeans", "hoodie")),
    Kind("boots", "Shoes > Boots", DEPARTMENTS, 139, ("leather", "suede", "rubber"), _COLD, "shoes", ("socks", "coat")),
    Kind("sandals", "Shoes > Sandals", (WOMEN, KIDS), 59, ("leather", "cork"), _WARM, "shoes", ("dress", "shorts")),
    Kind("loafers", "Shoes > Loafers", (MEN, WOMEN), 109, ("leather", "suede"), _ALL, "shoes", ("trousers", "shirt")),
    Kind("handbag", "Bags", (WOMEN,), 129, ("leather", "canvas", "raffia"), _ALL, "one", ("dress", "coat")),
    Kind("backpack", "Bags", (MEN, KIDS), 79, ("canvas", "recycled nylon"), (0.9, 0.9, 1.5, 0.9), "one", ("hoodie", "jacket")),
    Kind("scarf", "Accessories > Scarves", (WOMEN, MEN), 39, ("merino", "cashmere", "silk"), _COLD, "one", ("coat", "sweater")),
    Kind("belt", "Accessories > Belts", (WOMEN, MEN), 35, ("leather", "canvas"), _ALL, goes_with=("jeans", "trousers")),
    Kind("beanie", "Accessories > Hats", DEPARTMENTS, 25, ("merino", "cotton", "lambswool"), _COLD, "one", ("coat", "hoodie")),
    Kind("swimsuit", "Swimwear", (WOMEN, KIDS), 49, ("recycled nylon",), (1.2, 2.6, 0.2, 0.3), goes_with=("sandals", "shorts")),
    Kind("swim shorts", "Swimwear", (MEN, KIDS), 39, ("recycled polyester",), (1.2, 2.6, 0.2, 0.3), goes_with=("T-shirt",)),
    Kind("pyjamas", "Nightwear", DEPARTMENTS, 45, ("cotton", "flannel", "jersey"), (0.8, 0.7, 1.1, 1.5)),
    Kind("socks", "Accessories > Socks", DEPARTMENTS, 12, ("cotton", "merino"), _ALL, "one", ("sneakers", "boots")),
)  # fmt: skip

COLOURS = (
    "black",
    "white",
    "navy",
    "grey",
    "sand",
    "olive",
    "rust",
    "red",
    "sky blue",
    "rose",
    "mustard",
    "green",
)
# Which colours suit a look: weights in the order of COLOURS.
LOOK_COLOURS = {
    "classic": (3, 3, 4, 3, 3, 1, 1, 1, 2, 1, 0.5, 0.5),
    "street": (5, 3, 1, 3, 0.5, 1, 0.5, 3, 1, 1, 1, 2),
    "boho": (0.5, 2, 0.5, 0.5, 4, 2, 4, 1, 1, 3, 4, 1),
    "minimal": (5, 5, 2, 5, 3, 0.5, 0.2, 0.2, 0.5, 0.5, 0.1, 0.1),
    "outdoor": (1.5, 0.5, 2, 2, 1.5, 5, 2, 2, 1, 0.5, 1.5, 4),
}
PATTERNS = ("striped", "checked", "floral", "plain", "ribbed", "washed", "printed", "textured")
FITS = ("relaxed", "slim", "regular", "oversized", "cropped")
MODELS = (
    "Alma", "Birch", "Cove", "Dune", "Elin", "Fjord", "Gable", "Hazel", "Iris", "Jetty", "Knoll", "Linden", "Moss",
    "Nell", "Otis", "Pine", "Quill", "Reed", "Sable", "Thea", "Umber", "Vesper", "Willow", "Yarrow", "Zephyr",
)  # fmt: skip
LOOK_SENTENCES = {
    "classic": "A quiet classic that will not date.",
    "street": "Made for the city, seen on every corner.",
    "boho": "Easy, airy and a little romantic.",
    "minimal": "Clean lines, nothing that distracts.",
    "outdoor": "Built for weather and long ways.",
}
CITIES = (
    "Boston", "Chicago", "Denver", "Austin", "Seattle", "Portland", "Atlanta", "Phoenix", "Miami", "Minneapolis",
)  # fmt: skip
