from __future__ import annotations

from django.urls import path

from .items import ItemsView, ItemView, SimilarView

# An item id may contain slashes.
urlpatterns = [
    path("api/v1/catalog/items", ItemsView.as_view()),
    path("api/v1/catalog/items/<path:item_id>/similar", SimilarView.as_view()),
    path("api/v1/catalog/items/<path:item_id>", ItemView.as_view()),
]
