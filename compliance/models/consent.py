"""What each shopper has agreed to, now and over time.

Shoppers are named by the number of their profile; the room of profiles is above this one, so there is no foreign key.
"""

from __future__ import annotations

from django.db import models


class Purpose(models.TextChoices):
    ANALYTICS = "analytics", "Analytics"
    PERSONALISATION = "personalisation", "Personalisation"
    MARKETING = "marketing", "Marketing"


class Channel(models.TextChoices):
    EMAIL = "email", "E-mail"
    SMS = "sms", "SMS"
    PUSH = "push", "Push"
    WEB = "web", "Web and app"
    WEBHOOK = "webhook", "Webhook"


class LawfulBasis(models.TextChoices):
    """Article 6(1) GDPR, as far as a merchant's marketing can rest on it."""

    CONSENT = "consent", "Consent"
    LEGITIMATE_INTEREST = "legitimate_interest", "Legitimate interest"
    CONTRACT = "contract", "Contract"
    LEGAL_OBLIGATION = "legal_obligation", "Legal obligation"


class _Choice(models.Model):
    profile_id = models.BigIntegerField()
    purpose = models.CharField(max_length=16, choices=Purpose)
    channel = models.CharField(
        max_length=8,
        choices=Channel,
        blank=True,
        default="",
        help_text="of marketing; empty: every channel without a record of its own",
    )
    granted = models.BooleanField()
    lawful_basis = models.CharField(max_length=20, choices=LawfulBasis, default=LawfulBasis.CONSENT)
    source = models.CharField(
        max_length=40, help_text="where it was said: api, console, event, browser, gpc, unsubscribe …"
    )
    text_version = models.CharField(
        max_length=60, blank=True, default="", help_text="which text the shopper saw"
    )
    actor = models.CharField(max_length=120, help_text="user:ID, key:ID, shopper or system")
    at = models.DateTimeField(help_text="when it was said")

    class Meta:
        abstract = True


class Consent(_Choice):
    """The latest word for a purpose and channel. `confirmed_at`: when the same was last said again."""

    confirmed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["profile_id", "purpose", "channel"], name="consent_once")
        ]

    def __str__(self) -> str:
        return f"{self.purpose} {self.channel or 'any'} {'granted' if self.granted else 'refused'}"


class ConsentRecord(_Choice):
    """A word that changed something, for good. A trigger refuses to change one, except whose it is (after a merge)."""

    recorded_at = models.DateTimeField(auto_now_add=True, help_text="when it reached us")
    origin = models.BigIntegerField(
        default=0,
        db_default=0,
        help_text="the identifier that it was said under, as interactions note it; 0: of nobody's",
    )

    class Meta:
        ordering = ["-at", "-id"]
        indexes = [models.Index(fields=["profile_id", "at"], name="consent_history")]

    def __str__(self) -> str:
        return (
            f"{self.purpose} {self.channel or 'any'} {'granted' if self.granted else 'refused'} at {self.at}"
        )
