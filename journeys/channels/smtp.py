"""E-mail by SMTP (RFC 5321), step by step, because only the last step can leave the outcome unknown."""

from __future__ import annotations

import contextlib
import smtplib
import ssl
from collections.abc import Iterator, Mapping
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from email.utils import formatdate
from hashlib import sha256
from typing import Any

import structlog

from tenants import outbound
from tenants.deadline import CALL_SECONDS, cutting, left, within

from .base import Endpoint, Parcel, Permanent, Receipt, Temporary, Uncertain

log = structlog.get_logger("attune.channels")

kind = "smtp"
label = "SMTP server"
idempotent = False
channels = ("email",)
destination = ("host", "port", "security")
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
    with _written():
        message = compose(parcel, endpoint.config)
    with within(CALL_SECONDS):
        server = _server(endpoint)
        with cutting(lambda: server.sock):
            try:
                _connect(server, endpoint)
                _address(server, message, parcel.to)
                with _written():
                    body = message.as_bytes(policy=SMTPUTF8 if server.command_encoding == "utf-8" else SMTP)
                return _hand_over(server, body, str(message["Message-ID"]))
            finally:
                # Whatever the answer to QUIT, it changes nothing any more.
                with contextlib.suppress(OSError, smtplib.SMTPException):
                    server.quit()
                server.close()


@contextlib.contextmanager
def _written() -> Iterator[None]:
    """What can't be written as an e-mail, such as an address with a line break, can't be later either."""
    try:
        yield
    except Exception as error:
        log.exception("message can't be written as an e-mail")
        raise Permanent(f"the message can't be written as an e-mail ({type(error).__name__})") from error


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


def _server(endpoint: Endpoint) -> smtplib.SMTP:
    """Not connected yet."""
    if endpoint.config.get("security") == "tls":
        return smtplib.SMTP_SSL(timeout=TIMEOUT_SECONDS, context=ssl.create_default_context())
    return smtplib.SMTP(timeout=TIMEOUT_SECONDS)


def _connect(server: smtplib.SMTP, endpoint: Endpoint) -> None:
    config, secret = endpoint.config, endpoint.secret
    host, port = str(config["host"]), int(config.get("port", 587))
    try:
        address = outbound.public_address(host, port)
        if left() <= 0:
            raise outbound.Failed("Its name is resolved too slowly.")
        # smtplib checks certificates against the name it connects to: give it the name, but the address we looked at.
        server._host = host  # type: ignore[attr-defined]
        server.connect(address, port)
        server.ehlo_or_helo_if_needed()
        if config.get("security", "starttls") == "starttls":
            server.starttls(context=ssl.create_default_context())
            server.ehlo()
        if secret.get("username"):
            server.login(secret["username"], secret.get("password", ""))
    except outbound.Refused as error:
        raise Permanent(f"the server can't be called: {error}") from error
    except outbound.Failed as error:
        raise Temporary(f"the server can't be reached: {error}") from error
    except smtplib.SMTPAuthenticationError as error:
        raise Temporary("the server did not accept the user name and password") from error
    except smtplib.SMTPResponseException as error:
        raise Temporary(f"the server answered {error.smtp_code} before anything was sent") from error
    except Exception as error:  # of the server's making or ours: nothing has been said of the message
        if not isinstance(error, OSError | smtplib.SMTPException):
            log.exception("connecting failed")
        raise Temporary(f"the server can't be reached ({type(error).__name__})") from error


def _address(server: smtplib.SMTP, message: EmailMessage, to: str) -> None:
    """Sender and recipient. Nothing is delivered yet, so every failure here is certain."""
    sender = message["From"].addresses[0].addr_spec
    options = () if (sender + to).isascii() else ("SMTPUTF8", "BODY=8BITMIME")
    if options and not server.has_extn("smtputf8"):  # RFC 6531
        whose = "sender's address" if to.isascii() else "e-mail address on file"
        raise Permanent(f"the {whose} can't be used by this server")
    try:
        code, _ = server.mail(sender, options)
        if code == 250:
            code, _ = server.rcpt(to)
    except (OSError, ValueError, smtplib.SMTPException) as error:
        raise Temporary(f"the connection was lost before the message ({type(error).__name__})") from error
    if code in (250, 251):
        return
    if 500 <= code < 600:
        raise Permanent(f"the server refuses the address ({code})", bounced=code in (550, 551, 553))
    raise Temporary(f"the server does not take it now ({code})")


def _hand_over(server: smtplib.SMTP, body: bytes, reference: str) -> Receipt:
    try:
        code, _ = server.data(body)
    except smtplib.SMTPDataError as error:  # an answer to the command, before anything was said
        code = error.smtp_code if error.smtp_code >= 400 else 451
    except (OSError, ValueError, smtplib.SMTPException) as error:
        raise Uncertain(
            f"the connection ended while the message was sent ({type(error).__name__})"
        ) from error
    if code == 250:
        return Receipt(reference)
    if 500 <= code < 600:
        raise Permanent(f"the server refuses the message ({code})")
    if 400 <= code < 500:
        raise Temporary(f"the server does not take it now ({code})")
    raise Uncertain("the connection ended while the message was sent (half an answer)")
