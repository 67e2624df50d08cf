"""Parameters of lists: limits and cursors, refused with a 400 when they make no sense."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode

from tenants.problems import Problem


def limit_of(value: str | None, *, default: int, most: int) -> int:
    if value is None:
        return default
    if not value.isascii() or not value.isdigit() or not 1 <= int(value[:9]) <= most:
        raise Problem(400, "limit_out_of_range", f"limit: must be a whole number from 1 to {most}.")
    return int(value)


def cursor_after(pk: int) -> str:
    return urlsafe_b64encode(str(pk).encode()).decode().rstrip("=")


def pk_of_cursor(value: str | None) -> int:
    """The key after which the page begins; 0 without a cursor."""
    if not value:
        return 0
    try:
        text = urlsafe_b64decode(value + "=" * (-len(value) % 4)).decode("ascii")
        if text.isdigit() and len(text) < 19:
            return int(text)
    except ValueError:
        pass
    raise Problem(400, "invalid_cursor", "cursor: use the next_cursor of an earlier answer, unchanged.")
