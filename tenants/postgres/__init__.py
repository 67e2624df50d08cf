"""Django's backend for PostgreSQL as Attune uses it, below django-tenants' (settings.ORIGINAL_BACKEND)."""
