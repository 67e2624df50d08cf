"""What was said about identifiers. Profiles are computed from it (see identity.partition); it is never computed itself."""

from __future__ import annotations

from django.db import models


class Link(models.Model):
    """A trusted source said that these two identifiers are one person's. `a` < `b`; said again, the earliest stays."""

    a = models.BinaryField(max_length=16)
    b = models.BinaryField(max_length=16, db_index=True)
    at = models.BigIntegerField(help_text="when it was first said, unix microseconds")
    key = models.BinaryField(
        max_length=16, help_text="of the message that said it: the order where times are equal"
    )
    by_user = models.BooleanField(help_text="one of the two is a user id")
    event_id = models.BigIntegerField(null=True)
    how = models.CharField(max_length=12, help_text="identify, alias, traits, externalIds, import or before")
    refused = models.CharField(
        max_length=12, blank=True, default="", help_text="why it joins nobody; empty: it does"
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["a", "b"], name="link_once")]

    def __str__(self) -> str:
        return f"link by {self.how}"


class Claim(models.Model):
    """A browser said that this visitor is this shopper: what the visitor did until then is the shopper's, no more."""

    visitor = models.BinaryField(max_length=16)
    shopper = models.BinaryField(max_length=16, db_index=True)
    at = models.BigIntegerField(help_text="unix microseconds")
    key = models.BinaryField(max_length=16, help_text="of the message: the order where times are equal")
    event_id = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["visitor", "at", "key"], name="claim_once")]

    def __str__(self) -> str:
        return "a browser's word"


class Cut(models.Model):
    """Staff said that these two identifiers are two people's, whatever events say; `undone_at` takes it back."""

    a = models.BinaryField(max_length=16)
    b = models.BinaryField(max_length=16, db_index=True)
    change = models.ForeignKey(
        "profiles.IdentityChange", on_delete=models.CASCADE, related_name="cuts", db_constraint=False
    )
    undone_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["a"], name="cut_a")]

    def __str__(self) -> str:
        return "kept apart"


class IdentityChange(models.Model):
    """One entry of a shopper's history: merged, or given back. What happened, by whom, and why."""

    class What(models.TextChoices):
        MERGED = "merged", "Merged"
        SPLIT = "split", "Separated"
        UNMERGED = "unmerged", "Separated by hand"
        UNDONE = "undone", "Separation taken back"
        LEFT = "left", "Not given back: too many events"

    what = models.CharField(max_length=8, choices=What)
    at = models.DateTimeField(auto_now_add=True)
    kept_id = models.BigIntegerField(db_index=True, help_text="the profile that stayed")
    other_id = models.BigIntegerField(db_index=True, help_text="the one that became part of it, or left it")
    event_id = models.BigIntegerField(null=True)
    actor = models.CharField(
        max_length=150, blank=True, default="", help_text="empty: followed from events or rules"
    )
    why = models.CharField(max_length=200, blank=True, default="")
    facts = models.JSONField(default=dict, help_text="how much moved: events, interactions, identifiers")

    class Meta:
        ordering = ["-at", "-pk"]

    def __str__(self) -> str:
        return f"{self.get_what_display()} {self.at:%Y-%m-%d %H:%M}"


class IdentityRules(models.Model):
    """The tenant's rules of identity, one row, absent while the defaults hold."""

    definition = models.JSONField(default=dict)
    version = models.PositiveIntegerField(default=1)
    changed_at = models.DateTimeField(auto_now=True)
    applied_version = models.PositiveIntegerField(default=0, help_text="up to which all profiles follow them")
    progress = models.BigIntegerField(default=0, help_text="the last link that was looked at")
    until = models.BigIntegerField(default=0, help_text="the last link that there was when they were changed")
    attempts = models.PositiveSmallIntegerField(default=0, help_text="at the link after `progress`")
    merged = models.PositiveIntegerField(
        default=0, help_text="profiles that this version made part of others"
    )
    separated = models.PositiveIntegerField(default=0, help_text="profiles that it made out of others")
    held_up = models.PositiveIntegerField(default=0, help_text="shoppers that could not be changed")
    history = models.JSONField(default=list, help_text="earlier versions, newest first")

    def __str__(self) -> str:
        return f"rules of identity, version {self.version}"
