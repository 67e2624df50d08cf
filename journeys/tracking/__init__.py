"""What the links in messages do, on the tenant's host: clicks, opens, unsubscribing."""
