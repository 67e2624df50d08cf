"""One address per service, in the form each library wants it."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

_POSTGRES_SCHEMES = {"postgres", "postgresql", "pgsql"}
_REDIS_SCHEMES = {"redis", "rediss", "valkey", "valkeys", "unix"}


def database_settings(url: str) -> dict[str, Any]:
    """An entry of Django's DATABASES without ENGINE: NAME, USER, PASSWORD, HOST, PORT, OPTIONS.

    `postgres://user:password@host:5432/name?sslmode=require`; a socket folder is `?host=/folder` or a
    percent-encoded host. Every other query parameter is libpq's and goes to OPTIONS. Raises ValueError.
    """
    parts = urlsplit(url)
    if parts.scheme not in _POSTGRES_SCHEMES:
        raise ValueError("DATABASE_URL must start with postgres:// or postgresql://")
    name = unquote(parts.path.removeprefix("/"))
    if not name:
        raise ValueError("DATABASE_URL must name a database: postgres://user@host/name")
    options: dict[str, Any] = dict(parse_qsl(parts.query))
    host = options.pop("host", "") or unquote(parts.hostname or "")
    port = options.pop("port", "") or str(_port(url) or "")
    user = options.pop("user", "") or unquote(parts.username or "")
    password = options.pop("password", "") or unquote(parts.password or "")
    return {"NAME": name, "USER": user, "PASSWORD": password, "HOST": host, "PORT": port, "OPTIONS": options}


def _port(url: str) -> int | None:
    try:
        return urlsplit(url).port
    except ValueError as error:
        raise ValueError("DATABASE_URL has a port that is not a number") from error


def celery_url(redis_url: str) -> str:
    """The broker's form of a Redis address: kombu calls a socket `redis+socket://` and its database `virtual_host`."""
    parts = urlsplit(redis_url)
    if parts.scheme not in _REDIS_SCHEMES:
        raise ValueError("REDIS_URL must start with redis://, rediss:// or unix://")
    if parts.scheme != "unix":
        scheme = {"valkey": "redis", "valkeys": "rediss"}.get(parts.scheme, parts.scheme)
        return parts._replace(scheme=scheme).geturl()
    query = dict(parse_qsl(parts.query))
    query["virtual_host"] = query.pop("db", "0")
    credentials = f"{parts.netloc}" if "@" in parts.netloc else ""
    return f"redis+socket://{credentials}{parts.path}?{urlencode(query)}"


def with_redis_database(redis_url: str, database: int) -> str:
    """The same server, another of its numbered databases."""
    parts = urlsplit(redis_url)
    if parts.scheme == "unix":
        query = urlencode({**dict(parse_qsl(parts.query)), "db": str(database)})
        return f"unix://{parts.netloc}{parts.path}?{query}"
    return parts._replace(path=f"/{database}").geturl()


def with_database(database_url: str, database: str) -> str:
    """The same server, another database."""
    parts = urlsplit(database_url)
    # Put together by hand: urlunsplit drops the slashes of an empty host for schemes it doesn't know.
    query = f"?{parts.query}" if parts.query else ""
    return f"{parts.scheme}://{parts.netloc}/{quote(database)}{query}"
