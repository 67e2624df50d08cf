"""For the tests: real Postgres and Valkey in throw-away folders, fixed keys, fast password hashing."""

from __future__ import annotations

import atexit
import os
import shutil
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
# Of this run and this process of it, with the processes that it starts: tenants are called the same in all of them.
if "ATTUNE_IMPORTS" not in os.environ:
    os.environ["ATTUNE_IMPORTS"] = tempfile.mkdtemp(prefix="attune-test-imports-")
    atexit.register(shutil.rmtree, os.environ["ATTUNE_IMPORTS"], ignore_errors=True)
IMPORT_ROOT = Path(os.environ["ATTUNE_IMPORTS"]) / os.environ.get("PYTEST_XDIST_WORKER", "main")
