"""E-mail by SMTP (RFC 5321), step by step, because only the last step can leave the outcome unknown."""

from __future__ import annotations

import contextlib
import smtplib
import ssl
from collections.abc import Mapping
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formatdate
from hashlib import sha256
from typing import Any

from tenants import outbound

from .base import Endpoint, Parcel, Permanent, Receipt, Temporary, Uncertain

kind = "smtp"
label = "SMTP server"
idempotent = False
channels = ("email",)
TIMEOUT_SECONDS = 10.0
SECURITY = ("starttls", "tls", "none")


def problems(config: Mapping[str, Any], secret: Mapping[str, str]) -> list[tuple[str, str]]:
    found = []
    if not str(config.get("host") or "").strip():
        found.append(("host", "Name the SMTP server."))
    port = config.get("port", 587)
    if not isinstance(port, int) or not 0 < port < 65536:
        found.append(("port", "The port must be a number from 1 to 65535."))
    if "@" not in str(config.get("from_email") or ""):
        found.append(("from_email", "Say from which address the e-mails come."))
    if config.get("security", "starttls") not in SECURITY:
        found.append(("security", f"Security must be one of: {', '.join(SECURITY)}."))
    return found


def send(parcel: Parcel, endpoint: Endpoint) -> Receipt:
    message = compose(parcel, endpoint.config)
    server = _connect(endpoint)
    try:
        _address(server, message, parcel.to)
        return _hand_over(server, message)
    finally:
        # Whatever the answer to QUIT, it changes nothing any more.
        with contextlib.suppress(OSError, smtplib.SMTPException):
            server.quit()
        server.close()


def compose(parcel: Parcel, config: Mapping[str, Any]) -> EmailMessage:
    """The message as it goes out; its Message-ID is made from the key, so that a repeated one can be recognised."""
    sender = str(config["from_email"])
    name, _, domain = sender.partition("@")
    message = EmailMessage()
    message["From"] = Address(str(config.get("from_name") or ""), name, domain)
    message["To"] = parcel.to
    message["Subject"] = " ".join(parcel.subject.split())
    message["Date"] = formatdate()
    message["Message-ID"] = message_id(parcel.key, domain)
    if config.get("reply_to"):
        message["Reply-To"] = str(config["reply_to"])
    for header, value in parcel.headers.items():
        message[header] = value
    message.set_content(parcel.text or " ")
    if parcel.html:
        message.add_alternative(parcel.html, subtype="html")
    return message


def message_id(key: str, domain: str) -> str:
    return f"<{sha256(key.encode()).hexdigest()[:32]}@{domain}>"


def _connect(endpoint: Endpoint) -> smtplib.SMTP:
    config, secret = endpoint.config, endpoint.secret
    host, port = str(config["host"]), int(config.get("port", 587))
    security = str(config.get("security", "starttls"))
    context = ssl.create_default_context()
    try:
        address = outbound.public_address(host, port)
        server: smtplib.SMTP = smtplib.SMTP(timeout=TIMEOUT_SECONDS)
        if security == "tls":
            server = smtplib.SMTP_SSL(timeout=TIMEOUT_SECONDS, context=context)
        # smtplib checks certificates against the name it connects to: give it the name, but the address we looked at.
        server._host = host  # type: ignore[attr-defined]
        server.connect(address, port)
        server.ehlo_or_helo_if_needed()
        if security == "starttls":
            server.starttls(context=context)
            server.ehlo()
        if secret.get("username"):
            server.login(secret["username"], secret.get("password", ""))
        return server
    except outbound.Refused as error:
        raise Permanent(f"the server can't be called: {error}") from error
    except outbound.Failed as error:
        raise Temporary(f"the server can't be reached: {error}") from error
    except smtplib.SMTPAuthenticationError as error:
        raise Temporary("the server did not accept the user name and password") from error
    except smtplib.SMTPResponseException as error:
        raise Temporary(f"the server answered {error.smtp_code} before anything was sent") from error
    except (OSError, smtplib.SMTPException, ssl.SSLError) as error:
        raise Temporary(f"the server can't be reached ({type(error).__name__})") from error


def _address(server: smtplib.SMTP, message: EmailMessage, to: str) -> None:
    """Sender and recipient. Nothing is delivered yet, so every failure here is certain."""
    try:
        code, _ = server.mail(message["From"].addresses[0].addr_spec)
        if code == 250:
            code, _ = server.rcpt(to)
    except (OSError, smtplib.SMTPException) as error:
        raise Temporary(f"the connection was lost before the message ({type(error).__name__})") from error
    if code in (250, 251):
        return
    if 500 <= code < 600:
        raise Permanent(f"the server refuses the address ({code})", bounced=code in (550, 551, 553))
    raise Temporary(f"the server does not take it now ({code})")


def _hand_over(server: smtplib.SMTP, message: EmailMessage) -> Receipt:
    try:
        code, answer = server.data(message.as_bytes(policy=SMTP))
    except smtplib.SMTPDataError as error:
        code, answer = error.smtp_code, b""
    except (OSError, smtplib.SMTPException) as error:
        raise Uncertain(
            f"the connection ended while the message was sent ({type(error).__name__})"
        ) from error
    if code == 250:
        return Receipt(str(message["Message-ID"]) or answer[:100].decode("ascii", "replace"))
    if 500 <= code < 600:
        raise Permanent(f"the server refuses the message ({code})")
    raise Temporary(f"the server does not take it now ({code})")
