from django.apps import AppConfig
from django.core.cache import close_caches
from django.core.signals import request_finished

from . import telemetry


class ConfigConfig(AppConfig):
    name = "config"
    label = "config"
    verbose_name = "Attune"

    def ready(self) -> None:
        telemetry.configure()
        # Django's own caches are not used: no need to close them after every request.
        request_finished.disconnect(close_caches)
