"""Addresses of the shop window, under /shop/ on each tenant's host."""

from __future__ import annotations

from django.urls import path

from . import views

app_name = "shop"
urlpatterns = [
    path("", views.home, name="home"),
    path("search/", views.search, name="search"),
    path("category/", views.category, name="category"),
    path("item/<path:item_id>/", views.item, name="item"),
    path("shoppers/", views.shoppers, name="shoppers"),
    path("choose/", views.choose, name="choose"),
    path("why/<uuid:decision_id>/", views.why, name="why"),
    path("tile.svg", views.tile_svg, name="tile"),
]
