"""Where a session keeps which shopper the browser chose to be."""

CHOSEN = "shop_shopper"
