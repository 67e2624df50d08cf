"""The fields of each way to send, and what a form said in them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..models import ChannelEndpoint

CHANNEL_ICON = {"email": "mail", "sms": "sms", "push": "notifications", "web": "web", "webhook": "webhook"}


@dataclass(frozen=True, slots=True)
class FormField:
    """`secret`: sealed, never shown again; left empty it stays as it is."""

    name: str
    label: str
    kind: str = "text"
    help: str = ""
    default: str = ""
    secret: bool = False
    options: tuple[tuple[str, str], ...] = ()


FIELDS: dict[str, tuple[FormField, ...]] = {
    "sandbox": (),
    "smtp": (
        FormField("host", "Server", help="Such as smtp.example.com"),
        FormField("port", "Port", "number", default="587"),
        FormField(
            "security",
            "Encryption",
            "select",
            default="starttls",
            options=(("starttls", "STARTTLS (usual, 587)"), ("tls", "TLS (465)"), ("none", "None")),
        ),
        FormField("from_email", "From address", "email"),
        FormField("from_name", "From name"),
        FormField("reply_to", "Answers go to", "email", help="Empty: to the address above"),
        FormField("username", "User name", secret=True),
        FormField("password", "Password", "password", secret=True),
    ),
    "webhook": (
        FormField("url", "Address", "url", help="Each message is posted there as JSON, signed"),
        FormField(
            "secret",
            "Signing secret",
            "password",
            help="16 characters at least; the receiver checks with it",
            secret=True,
        ),
    ),
}


@dataclass(slots=True)
class EndpointForm:
    channel: str
    kind: str
    config: dict[str, Any]
    secret: dict[str, str] | None = None
    problems: dict[str, str] = field(default_factory=dict)
    has_secret: bool = False

    @classmethod
    def kept(cls, channel: str, row: ChannelEndpoint | None) -> EndpointForm:
        if row is None:
            return cls(channel, "sandbox", {})
        return cls(channel, row.kind, dict(row.config), has_secret=row.credential_id is not None)

    @classmethod
    def sent(cls, post: Mapping[str, str]) -> EndpointForm:
        """Fields are named KIND.NAME, so that those of the other kinds don't matter."""
        kind = post.get("kind", "")
        config: dict[str, Any] = {}
        secret: dict[str, str] = {}
        for one in FIELDS.get(kind, ()):
            value = post.get(f"{kind}.{one.name}", "").strip()
            if one.secret:
                secret |= {one.name: value} if value else {}
            elif value:
                config[one.name] = int(value) if one.kind == "number" and value.isdigit() else value
        return cls(post.get("channel", ""), kind, config, secret or None)


def known_fields(kind: str, form: EndpointForm) -> list[dict[str, Any]]:
    """The fields of a kind with what is known of them, for the template."""
    same = form.kind == kind
    return [
        {
            "field": one,
            "name": f"{kind}.{one.name}",
            "id": f"id_{form.channel}_{kind}_{one.name}",
            "value": "" if one.secret else (form.config.get(one.name, one.default) if same else one.default),
            "kept": one.secret and same and form.has_secret,
            "problem": form.problems.get(one.name, "") if same else "",
        }
        for one in FIELDS.get(kind, ())
    ]
