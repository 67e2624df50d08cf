"""The public schema: who the tenants are, how they are found, what they may do, what work waits for them."""

from __future__ import annotations

from django.db import models
from django_tenants.models import DomainMixin, TenantMixin


class Plan(models.Model):  # type: ignore[django-manager-missing]  # TenantMixin hides its manager from the plugin
    """What a tenant pays for. Every limit is enforced at the door; zero means "no limit"."""

    name = models.CharField(max_length=40, unique=True)
    requests_per_second = models.PositiveIntegerField(default=200, help_text="API requests a second")
    events_per_day = models.PositiveBigIntegerField(
        default=20_000_000, help_text="accepted events a day (UTC)"
    )
    profiles = models.PositiveBigIntegerField(default=1_000_000, help_text="known shoppers")
    llm_dollars_per_day = models.DecimalField(max_digits=8, decimal_places=2, default=500)

    def __str__(self) -> str:
        return self.name


class Tenant(TenantMixin):
    class Status(models.TextChoices):
        ACTIVE = "active", "Active"
        SUSPENDED = "suspended", "Suspended"
        OFFBOARDING = "offboarding", "Being offboarded"

    # The schema is made by tenants.provisioning from a template, never by save().
    auto_create_schema = False
    auto_drop_schema = False

    slug = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=120)
    status = models.CharField(max_length=12, choices=Status, default=Status.ACTIVE)
    region = models.CharField(max_length=8, default="eu", help_text="where the tenant's data may be")
    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="tenants", null=True)
    currency = models.CharField(max_length=3, default="USD")
    time_zone = models.CharField(max_length=40, default="UTC")
    settings = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.name


class Domain(DomainMixin):
    """A host name on which a tenant's console, shop and API answer."""


class ApiKey(models.Model):
    """A key for the API. Only its SHA-256 is kept: the key has 192 random bits, so no slow hash is needed."""

    class Kind(models.TextChoices):
        PUBLISHABLE = "publishable", "Publishable (browser)"
        SECRET = "secret", "Secret (server)"

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="api_keys")
    name = models.CharField(max_length=80)
    kind = models.CharField(max_length=12, choices=Kind)
    hint = models.CharField(max_length=24, help_text="the first characters, to tell keys apart")
    digest = models.BinaryField(max_length=32, unique=True)
    scopes = models.JSONField(default=list)
    allowed_origins = models.JSONField(default=list, blank=True, help_text="browser origins; empty means any")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True, blank=True, help_text="set by a rotation: the overlap's end")
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.name} ({self.hint}…)"


class Due(models.Model):
    """Work that waits in a tenant's schema, so that nobody polls every schema (see tenants.due)."""

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="+")
    queue = models.CharField(max_length=24)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["queue", "at", "tenant"], name="due_once")]

    def __str__(self) -> str:
        return f"{self.queue} of tenant {self.tenant_id} at {self.at:%Y-%m-%d %H:%M:%S}"


class PersonKey(models.Model):
    """The key that a person's sealed fields are encrypted with, wrapped by the master key.

    Kept in the public schema, apart from the tenant's data, so that a backup of the tenant's schema alone
    can't be read and destroying the row makes the person's fields unreadable in every backup.
    """

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="+")
    handle = models.BinaryField(
        max_length=16, help_text="blind index of the identifier, or the profile's uuid"
    )
    wrapped = models.BinaryField(max_length=64)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "handle"], name="one_key_per_handle")]

    def __str__(self) -> str:
        return f"key {bytes(self.handle).hex()[:8]} of tenant {self.tenant_id}"


class SchemaDump(models.Model):
    """The template schema as SQL, from which a new tenant's schema is made (see tenants.schema_template)."""

    fingerprint = models.CharField(max_length=64, unique=True, help_text="of the applied migrations")
    ddl = models.TextField()
    filled_tables = models.JSONField(default=list, help_text="table, columns, identity column")
    made_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"schema template of {self.made_at:%Y-%m-%d %H:%M}"
