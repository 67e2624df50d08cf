"""Production: every secret and service comes from the environment; a missing one stops the start."""

from __future__ import annotations

import os

from django.core.exceptions import ImproperlyConfigured

from .base import *  # noqa: F403

_missing = [
    n
    for n in ("DATABASE_URL", "REDIS_URL", "ATTUNE_SECRET_KEY", "ATTUNE_MASTER_KEY")
    if not os.environ.get(n)
]
if _missing:
    raise ImproperlyConfigured(f"Set {', '.join(_missing)} in the environment.")

SECRET_KEY = os.environ["ATTUNE_SECRET_KEY"]
SECURE_SSL_REDIRECT = True
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_HSTS_SECONDS = 31_536_000
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
