from django.apps import AppConfig

from . import telemetry


class ConfigConfig(AppConfig):
    name = "config"
    label = "config"
    verbose_name = "Attune"

    def ready(self) -> None:
        telemetry.configure()
