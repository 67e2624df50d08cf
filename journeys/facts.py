"""What a graph may refer to: the names that exist for a tenant right now."""

from __future__ import annotations

from dataclasses import dataclass, field

# Segment's e-commerce, e-mail and lifecycle events: known before the first one arrives.
STANDARD_EVENTS = (
    "Products Searched",
    "Product List Viewed",
    "Product Clicked",
    "Product Viewed",
    "Product Added",
    "Product Removed",
    "Cart Viewed",
    "Checkout Started",
    "Checkout Step Completed",
    "Payment Info Entered",
    "Order Completed",
    "Order Updated",
    "Order Refunded",
    "Order Cancelled",
    "Coupon Applied",
    "Product Added to Wishlist",
    "Product Removed from Wishlist",
    "Product Reviewed",
    "Recommendation Clicked",
    "Signed Up",
    "Signed In",
    "Application Installed",
    "Application Opened",
    "Email Opened",
    "Email Link Clicked",
    "Message Opened",
    "Message Clicked",
)


@dataclass(frozen=True, slots=True)
class Problem:
    """What stands in the way of publishing. `node` is "" for the journey as a whole, `field` "" for the node."""

    node: str
    field: str
    message: str


@dataclass(frozen=True, slots=True)
class Facts:
    """Names by kind. Events compare without case; `templates`: key → (name, channel, problems of its Liquid)."""

    events: tuple[str, ...] = STANDARD_EVENTS
    segments: dict[str, str] = field(default_factory=dict)
    templates: dict[str, tuple[str, str, tuple[str, ...]]] = field(default_factory=dict)
    experiments: dict[str, tuple[str, tuple[tuple[str, str], ...]]] = field(default_factory=dict)
    features: tuple[tuple[str, str], ...] = ()

    def knows_event(self, name: str) -> bool:
        return folded(name) in {folded(known) for known in self.events}

    def unknown_event(self, name: str) -> str:
        """The sentence for an event name that nobody has heard of, with the nearest known one."""
        from difflib import get_close_matches

        near = get_close_matches(name.strip(), self.events, n=1, cutoff=0.75)
        hint = f" Did you mean “{near[0]}”?" if near else " Send it once, or choose another."
        return f"No event called “{name}” has been received yet.{hint}"


def folded(name: str) -> str:
    """Event names compare without case and outer blanks, as the features do."""
    return name.strip().lower()
