"""From the outbox to the channels: judged at the moment of sending, leased, called, and written down."""
