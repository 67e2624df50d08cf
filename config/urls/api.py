"""The API's addresses. Every one of them answers on every host, by key alone.

`tests/tenants/test_isolation.py` walks this list: an address added here is checked without being named there.
"""

from __future__ import annotations

from django.urls import URLPattern, URLResolver

urlpatterns: list[URLPattern | URLResolver] = []
