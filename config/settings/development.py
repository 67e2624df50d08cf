"""On a developer's machine and for the demo: embedded services, keys made on first use, plain HTTP."""

from __future__ import annotations

import os

from config.keys import file_secret

from .base import *  # noqa: F403
from .base import MASTER_KEY as _MASTER_KEY
from .base import VAR_DIR

SECRET_KEY = file_secret(VAR_DIR / "keys" / "django.key")
MASTER_KEY = _MASTER_KEY or file_secret(VAR_DIR / "keys" / "master.key")
OUTBOUND_TO_OWN_NETWORK = True
PUBLIC_URL = os.environ.get("ATTUNE_PUBLIC_URL") or f"http://{{host}}:{os.environ.get('ATTUNE_PORT') or 8000}"
