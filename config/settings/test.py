"""For the tests: real Postgres and Valkey in throw-away folders, fixed keys, fast password hashing."""

from __future__ import annotations

import tempfile
from pathlib import Path

from .base import *  # noqa: F403

SECRET_KEY = "test-only-" + "x" * 50
MASTER_KEY = "00" * 32
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
ALLOWED_HOSTS = ["*"]
OPERATOR_HOSTS = ["localhost", "127.0.0.1", "testserver"]
CELERY_TASK_ALWAYS_EAGER = False
OUTBOUND_TO_OWN_NETWORK = True
PUBLIC_URL = "http://{host}"
# Emptied with the machine's temporary files; what is in it is sealed.
IMPORT_ROOT = Path(tempfile.gettempdir()) / "attune-test-imports"
