"""Addresses of the links in messages, under /m/ on each tenant's host."""

from __future__ import annotations

from django.urls import path

from . import views

app_name = "messages"
urlpatterns = [
    path("c/<str:token>", views.click, name="click"),
    path("o/<str:token>", views.opened, name="open"),
    path("u/<str:token>", views.unsubscribe, name="unsubscribe"),
]
