"""Per schema: the staff of a tenant (in the public schema: the operators), their audit trail, credentials."""

from __future__ import annotations

from django.contrib.auth.models import AbstractUser
from django.db import models


class User(AbstractUser):
    """A member of staff. The table exists in every schema: nobody signs in to a tenant that is not theirs."""

    email = models.EmailField("email address", unique=True)
    time_zone = models.CharField(max_length=40, default="UTC")


class AuditRecord(models.Model):
    """One change by staff or by an API key. Holds pseudonymous ids only, so that erasure never breaks it."""

    at = models.DateTimeField(auto_now_add=True, db_index=True)
    actor = models.CharField(max_length=120, help_text="user:ID, key:ID or system")
    action = models.CharField(max_length=80)
    target = models.CharField(max_length=160)
    details = models.JSONField(default=dict)

    class Meta:
        ordering = ["-at"]

    def __str__(self) -> str:
        return f"{self.actor} {self.action} {self.target}"


class ConnectorCredential(models.Model):
    """A vendor's credential, sealed with the tenant's key."""

    vendor = models.CharField(max_length=40)
    name = models.CharField(max_length=80)
    sealed = models.BinaryField()
    key_version = models.PositiveSmallIntegerField(default=1)
    updated_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return f"{self.vendor}: {self.name}"


class Epoch(models.Model):
    """A counter that moves when something changes that every answer of the tenant depends on.

    Names: "rules", "model", "catalogue", "experiments". The mirror in Valkey is what the answer cache compares.
    """

    name = models.CharField(max_length=24, primary_key=True)
    value = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.name}={self.value}"
