"""Privacy in the console."""

from . import requests

__all__ = ["requests"]
