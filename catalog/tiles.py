"""A drawn tile for an item without a photograph: a glyph of what it is, on its department's colour."""

from __future__ import annotations

import re
from zlib import crc32

from django.utils.html import format_html
from django.utils.safestring import SafeString

# Background and ink; every pair has a contrast of at least 4.5.
_COLOURS = (
    ("#dff3e4", "#1f6b3a"),
    ("#fde8d7", "#9a4a12"),
    ("#e3ecfb", "#234f9e"),
    ("#fbe4ea", "#9b2846"),
    ("#efe7fb", "#5b3a9b"),
    ("#fdf3cf", "#7a5a00"),
    ("#dcf2f4", "#0f5f6b"),
    ("#f0eadf", "#6a4b1d"),
    ("#e6efd9", "#4a6212"),
    ("#fbe3f4", "#8a2a74"),
    ("#e1e7ec", "#37495a"),
    ("#fde2dd", "#98321f"),
)

# Words of a category path → glyph and colour; the first row with a word that occurs wins, special before general.
_NAMED: tuple[tuple[tuple[str, ...], str, int], ...] = (
    (("snack", "cookie", "candy", "candies", "chip", "cracker", "sweet", "chocolate", "popcorn", "nut", "dessert", "frosting"), "M12 4a8 8 0 1 0 8 8 3 3 0 0 1-4-4 3 3 0 0 1-4-4zM9 12h.01M13 15h.01M9 16h.01", 1),
    (("coffee", "tea"), "M5 9h11v6a4 4 0 0 1-4 4H9a4 4 0 0 1-4-4zM16 10h2a2 2 0 0 1 0 5h-2M8 3v3M12 3v3", 7),
    (("wine", "spirit", "liquor", "beer", "ale", "beers/ales"), "M7 3h10c0 6-1 9-5 9S7 9 7 3zM12 12v8M8 20h8", 4),
    (("soft drink", "water", "juice", "beverage", "soda", "sft drnk", "drink"), "M10 3h4v4l2 4v10H8V11l2-4zM8 13h8M8 17h8", 2),
    (("egg",), "M12 4c4 0 6 6 6 10a6 6 0 0 1-12 0c0-4 2-10 6-10z", 5),
    (("milk", "dairy", "cheese", "yogurt", "butter", "cream"), "M9 3h6M10 3v4l-2 3v10h8V10l-2-3V3M8 14h8", 6),
    (("frozen", "frzn", "ice", "ice cream", "pizza"), "M12 3v18M4.2 7.5l15.6 9M19.8 7.500l-15.6 9M9 4.500l3 2 3-2M9 19.500l3-2 3 2", 2),
    (("seafood", "fish"), "M3 12c3-5 9-6 13-2l4-3v10l-4-3c-4 4-10 3-13-2zM7.5 11.500h.01", 6),
    (("meat", "lunchmeat", "beef", "sausage", "bacon", "rib", "steak", "turkey", "pork", "chicken", "deli", "poultry"), "M5 9c2-4 9-5 12-2s2 9-2 11-10 1-11-3c-.5-2 .2-4 1-6zM13 11h.01", 11),
    (("bread", "bakery", "pastry", "cake", "roll", "bun", "bagel", "muffin", "donut", "tortilla"), "M6 20V11c-3-1-2-6 2-6h8c4 0 5 5 2 6v9zM10 9v7M14 9v7", 7),
    (("fruit", "berries", "berry", "melon", "grape", "apple", "banana", "citrus"), "M12 8c-5-3-8 1-7 6 .8 4 3.5 6 7 5 3.5 1 6.2-1 7-5 1-5-2-9-7-6zM12 8c0-2 1-4 3-5", 0),
    (("produce", "vegetable", "salad", "potato", "potatoes", "onion", "tomato", "tomatoes", "pepper", "mushroom", "herb"), "M5 19C5 10 10 5 19 5c0 9-5 14-14 14zM5 19l8-8", 0),
    (("floral", "flower", "garden", "plant", "bouquet"), "M12 14a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM12 8V4M15 9.500l3-2M15 12.500l3 2M9 9.500l-3-2M9 12.500l-3 2M12 14v7", 9),
    (("drug", "pharmacy", "health", "medicine", "medication", "vitamin", "allergy", "remedy", "remedies"), "M9 4h6v5h5v6h-5v5H9v-5H4V9h5z", 3),
    (("cosmetic", "hair", "skin", "soap", "beauty", "fragrance", "deodorant", "makeup", "oral", "shave"), "M12 3c4 5 6 8 6 11a6 6 0 0 1-12 0c0-3 2-6 6-11z", 9),
    (("cleaner", "cleaning", "laundry", "household", "paper", "detergent", "tissue", "foil", "trash", "freezer bag", "hardware", "candle"), "M8 10h8v11H8zM9 10V6h5V4M14 6h3M10 14h4", 6),
    (("pet", "cat", "dog"), "M12 13c-3 0-5 3-5 5s2 2 5 2 5 0 5-2-2-5-5-5zM6 10h.01M10 6h.01M14 6h.01M18 10h.01", 8),
    (("fuel", "gas", "auto"), "M5 21V5h8v16M4 21h10M5 11h8M13 9h3v8a2 2 0 0 0 3 0V9l-2-2", 10),
    (("toy", "baby", "gift", "party", "greeting"), "M12 4l2.5 5 5.5.8-4 4 1 5.5-5-2.6-5 2.6 1-5.5-4-4 5.5-.800z", 5),
    (("dress", "skirt", "gown"), "M9 3v4l1 3-4 11h12l-4-11 1-3V3M9 5c2 1 4 1 6 0M10 10h4", 3),
    (("shoe", "boot", "sneaker", "footwear", "loafer", "heel", "sandal"), "M3 8c2 2 5 1 6-1l3 4c2 2 5 2 8 4v4H3zM3 16h17", 7),
    (("coat", "jacket", "outerwear", "knit", "knitwear", "sweater", "parka", "blazer", "cardigan"), "M9 3L5 6v15h6M15 3l4 3v15h-6M9 3l3 5 3-5M12 8v13", 10),
    (("trouser", "jean", "pant", "shorts", "legging", "chino", "denim"), "M7 3h10l1 18h-4l-2-12-2 12H6zM7 7h10", 2),
    (("shirt", "t-shirt", "tee", "top", "apparel", "blouse", "clothing", "women", "men"), "M8 4L3 7l2 4 2-1v10h10V10l2 1 2-4-5-3c0 2-1.5 3-4 3S8 6 8 4z", 6),
    (("bag", "accessory", "accessories", "belt", "luggage"), "M5 8h14l-1 13H6zM9 8V6a3 3 0 0 1 6 0v2", 9),
    (("grocery", "canned", "soup", "sauce", "bean", "cereal"), "M8 3h8v3H8zM7 6h10v15H7zM7 11h10M7 16h10", 8),
)  # fmt: skip
# Whole words, plurals included: a topping is no top, a cauliflower no flower.
_GLYPHS = [
    (re.compile(rf"\b(?:{'|'.join(map(re.escape, words))})(?:s|es)?\b"), path, colour)
    for words, path, colour in _NAMED
]
_BASKET = "M4 10h16l-2 10H6zM8 10l3-6M16 10l-3-6M10 14v3M14 14v3"


def tile(category: str, *, roomy: bool = False) -> SafeString:
    """An SVG of 40 × 40 units for a category path; purely decorative, hidden from screen readers.

    `roomy`: a finer glyph with more space around it, for large pictures.
    """
    path, (background, ink) = _look(category)
    return format_html(
        '<svg viewBox="0 0 40 40" preserveAspectRatio="xMidYMid slice" aria-hidden="true" focusable="false">'
        '<rect width="40" height="40" fill="{}"/>'
        '<path transform="{}" d="{}" fill="none" stroke="{}" stroke-width="1.7" '
        'stroke-linecap="round" stroke-linejoin="round"/></svg>',
        background,
        "translate(12.8 12.8) scale(.6)" if roomy else "translate(8 8)",
        path,
        ink,
    )


def _look(category: str) -> tuple[str, tuple[str, str]]:
    """Glyph and colours; the leaf of the path is asked before what it lies under."""
    for part in reversed(category.lower().split(" > ")):
        for words, path, colour in _GLYPHS:
            if re.search(words, part):
                return path, _COLOURS[colour]
    department = category.split(" > ")[0]
    return _BASKET, _COLOURS[crc32(department.encode()) % len(_COLOURS)]
