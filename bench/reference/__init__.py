"""The yardstick: a bare Django REST Framework view, served by the same server with the same flags."""
