"""Served by granian as `bench.reference.wsgi:application`."""

from __future__ import annotations

import os

os.environ["DJANGO_SETTINGS_MODULE"] = "bench.reference.settings"

from django.core.wsgi import get_wsgi_application

application = get_wsgi_application()
