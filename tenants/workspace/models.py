"""Per schema: the staff of a tenant (in the public schema: the operators), their audit trail, credentials."""

from __future__ import annotations

from django.contrib.auth.models import AbstractUser
from django.contrib.postgres.fields import ArrayField
from django.db import models


class User(AbstractUser):
    """A member of staff. The table exists in every schema: nobody signs in to a tenant that is not theirs."""

    email = models.EmailField("email address", unique=True)
    time_zone = models.CharField(max_length=40, default="UTC")


class AuditRecord(models.Model):
    """One change by staff or by an API key. Holds pseudonymous ids only, so that erasure never breaks it.

    Triggers refuse to change or delete one, and put each new one on the list of those that wait for a seal.
    """

    at = models.DateTimeField(auto_now_add=True, db_index=True)
    actor = models.CharField(max_length=120, help_text="user:ID, key:ID or system")
    action = models.CharField(max_length=80)
    target = models.CharField(max_length=160)
    details = models.JSONField(default=dict)

    class Meta:
        ordering = ["-at"]

    def __str__(self) -> str:
        return f"{self.actor} {self.action} {self.target}"


class AuditUnsealed(models.Model):
    """An audit record that no seal holds yet. Written by a trigger, in the record's own transaction."""

    record_id = models.BigIntegerField(primary_key=True)

    def __str__(self) -> str:
        return f"audit record {self.record_id}"


class AuditSeal(models.Model):
    """A batch of audit records, chained to the batch before it (see compliance.audit).

    `record_ids` are in ascending order; ranges of two seals may overlap, because a record that was committed late has a
    smaller id than some that were sealed before it. `leaves`: the records' SHA-256 one after another, 32 bytes each.
    """

    number = models.BigIntegerField(primary_key=True, help_text="1, 2, 3 … without gaps")
    sealed_at = models.DateTimeField()
    first_id = models.BigIntegerField()
    last_id = models.BigIntegerField(db_index=True)
    count = models.PositiveIntegerField()
    record_ids = ArrayField(models.BigIntegerField())
    leaves = models.BinaryField()
    previous = models.BinaryField(max_length=32, help_text="digest of the seal before; zeros for the first")
    digest = models.BinaryField(max_length=32)
    signature = models.BinaryField(max_length=64, help_text="Ed25519 over the digest")

    class Meta:
        ordering = ["number"]

    def __str__(self) -> str:
        return f"seal {self.number}"


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


from .destinations import (  # noqa: E402, F401  # Django looks for models here
    Delivery,
    DeliveryAttempt,
    Destination,
    OutboxEntry,
    StreamProgress,
)
