"""The outfitter: a fashion shop that does not exist. Everything in it is invented by a seeded generator.

Same seed and same day, same shop. Shoppers have tastes (looks, brands, colours, price band, size, department) that
decide what they view, put into the cart, buy and send back, mixed with popularity, season, novelty and chance: a
model can learn them, and nobody can learn everything.
"""

from .products import NOTE, Product, catalogue, items
from .shoppers import Shopper, shoppers, traits
from .visits import history

__all__ = ["NOTE", "Product", "Shopper", "catalogue", "history", "items", "shoppers", "traits"]
