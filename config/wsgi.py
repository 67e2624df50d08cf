"""The web application (granian --interface wsgi config.wsgi:application)."""

import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.development")

application = get_wsgi_application()

# What was imported stays for good: the collector need not walk through it during requests.
gc.collect()
gc.freeze()
gc.set_threshold(20_000, 20, 50)

from profiles.spool import drainer  # noqa: E402  # the apps are loaded now
from tenants import keyring  # noqa: E402

keyring.start()
drainer.start()
