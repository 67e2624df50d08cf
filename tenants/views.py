"""The base of every API view. Apart from tenants.api, which DRF reads while its own views are being imported."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.template.response import SimpleTemplateResponse
from rest_framework.views import APIView


class ApiView(APIView):
    """A view that leaves no rings of objects behind.

    A view points at its own methods, and its request at itself through the parser's context. Thousands of such rings
    make the collector stop the process for tens of milliseconds, and somebody waits.
    """

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response = super().dispatch(request, *args, **kwargs)
        if isinstance(response, SimpleTemplateResponse):
            response.render()  # the last that needs the view
        self.request.parser_context.clear()
        vars(self).clear()
        return response
