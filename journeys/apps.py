from django.apps import AppConfig


class JourneysConfig(AppConfig):
    name = "journeys"
    label = "journeys"
    verbose_name = "Journeys"
