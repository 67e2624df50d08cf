"""The shop window: a demo storefront that plays the merchant's site, with the merchant's server behind it.

Enabled per tenant by `settings["shop"]`; its pages use the same API and the same kit as a real shop would.
"""
