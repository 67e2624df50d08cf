from django.apps import AppConfig


class ProfilesConfig(AppConfig):
    name = "profiles"
    label = "profiles"
    verbose_name = "Shoppers"
