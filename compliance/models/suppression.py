"""Identifiers of erased people."""

from __future__ import annotations

from django.db import models


class Suppression(models.Model):
    """An identifier that must not become a shopper again. Only its keyed hash is kept, which names nobody."""

    blind = models.BinaryField(primary_key=True, max_length=16)
    since = models.DateTimeField()
    reason = models.CharField(max_length=20, default="erasure")
    request_id = models.UUIDField(null=True, db_index=True, help_text="the subject request that asked for it")

    def __str__(self) -> str:
        return f"suppressed since {self.since:%Y-%m-%d}"
