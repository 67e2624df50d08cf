"""PostgreSQL and Valkey: the ones the environment names, else embedded ones that need no installation."""

from config.services.postgres import Postgres, binaries, pg_dump
from config.services.process import ServiceError
from config.services.resolve import PROJECT, Services, pg_dump_command, resolve_services, var_folder
from config.services.throwaway import throwaway_services
from config.services.urls import celery_url, database_settings, with_redis_database
from config.services.valkey import Valkey

__all__ = [
    "PROJECT",
    "Postgres",
    "ServiceError",
    "Services",
    "Valkey",
    "binaries",
    "celery_url",
    "database_settings",
    "pg_dump",
    "pg_dump_command",
    "resolve_services",
    "throwaway_services",
    "var_folder",
    "with_redis_database",
]
