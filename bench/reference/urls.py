from __future__ import annotations

from django.urls import path
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView


class Bare(APIView):
    def get(self, request: Request) -> Response:
        return Response({"status": "ok", "items": [1, 2, 3]})


urlpatterns = [path("bare", Bare.as_view())]
