"""What every connector to somebody else's system shares: settings and secrets, the queue, retries, limits, regions.

A new vendor is a folder with a subclass of `base.Connector`, a line in settings.CONNECTORS and tests.
"""
