from django.apps import AppConfig


class ComplianceConfig(AppConfig):
    name = "compliance"
    label = "compliance"
    verbose_name = "Privacy"

    def ready(self) -> None:
        from . import registry

        registry.autodiscover()
