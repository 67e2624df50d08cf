"""Settings that hold everywhere. What differs per deployment comes from the environment (see README)."""

from __future__ import annotations

import os
from pathlib import Path

from django.urls import reverse_lazy
from kombu import Queue

from config.console import UNFOLD, UNFOLD_OPERATOR  # noqa: F401  # read by django-unfold
from config.services import database_settings, pg_dump, resolve_services
from config.settings.registries import *  # noqa: F403
from config.settings.schedule import CELERY_BEAT_SCHEDULE  # noqa: F401

BASE_DIR = Path(__file__).resolve().parents[2]
VAR_DIR = Path(os.environ.get("ATTUNE_VAR", BASE_DIR / "var"))
VERSION = "0.1.0"

DEBUG = False
ALLOWED_HOSTS = os.environ.get("ATTUNE_ALLOWED_HOSTS", "localhost,.localhost,127.0.0.1,[::1]").split(",")
CSRF_TRUSTED_ORIGINS = [o for o in os.environ.get("ATTUNE_TRUSTED_ORIGINS", "").split(",") if o]
# The host of the operator console; the API answers there too, by key alone.
OPERATOR_HOSTS = os.environ.get("ATTUNE_OPERATOR_HOSTS", "localhost,127.0.0.1,[::1]").split(",")

SERVICES = resolve_services(VAR_DIR)
REDIS_URL = SERVICES.redis_url
DATABASES = {
    "default": {
        **database_settings(SERVICES.database_url),
        "ENGINE": "django_tenants.postgresql_backend",
        "CONN_MAX_AGE": 600,
        "CONN_HEALTH_CHECKS": True,
    }
}
DATABASES["default"].setdefault("OPTIONS", {}).setdefault("connect_timeout", 3)
# Without a number, Django's default, psycopg ignores prepare=True; with one that nothing reaches, it alone decides.
DATABASES["default"]["OPTIONS"].setdefault("prepare_threshold", 1_000_000_000)
# What django-tenants' backend builds on.
ORIGINAL_BACKEND = "tenants.postgres"
# For the schema template. It must not be older than the server.
PG_DUMP = os.environ.get("ATTUNE_PG_DUMP") or pg_dump()
DATABASE_ROUTERS = ["django_tenants.routers.TenantSyncRouter"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TENANT_MODEL = "tenants.Tenant"
TENANT_DOMAIN_MODEL = "tenants.Domain"
TENANT_LIMIT_SET_CALLS = True
TEMPLATE_SCHEMA = "template_tenant"
AUTH_USER_MODEL = "workspace.User"

_STAFF_APPS = [
    "unfold",
    "unfold.contrib.filters",
    "unfold.contrib.guardian",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "guardian",
    "tenants.workspace",
]
SHARED_APPS = [
    "django_tenants",
    "tenants",
    *_STAFF_APPS,
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "django_celery_beat",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "config",
]
TENANT_APPS = [
    *_STAFF_APPS,
    "compliance",
    "catalog",
    "profiles",
    "experiments",
    "recommendations",
    "journeys",
]
INSTALLED_APPS = list(dict.fromkeys([*SHARED_APPS, *TENANT_APPS]))

MIDDLEWARE = [
    # API paths end here, before sessions and CSRF.
    "config.gateway.ApiGateway",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "tenants.middleware.HostTenantMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
ROOT_URLCONF = "config.urls.tenant"
PUBLIC_SCHEMA_URLCONF = "config.urls.operator"
API_URLCONF = "config.urls.api"
WSGI_APPLICATION = "config.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "templates" / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
# The finders serve straight from the source folders, so that the demo needs no collectstatic.
WHITENOISE_USE_FINDERS = True

AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "guardian.backends.ObjectPermissionBackend",
]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = reverse_lazy("admin:login")
# Where a role is after signing in; the others see Today.
LANDING_PAGES = {
    "analyst": "admin:experiments_experiment_changelist",
    "compliance officer": "admin:compliance_subjectrequest_changelist",
}
LOGIN_REDIRECT_URL = reverse_lazy("admin:index")
GUARDIAN_MONKEY_PATCH_USER = False
ANONYMOUS_USER_NAME = None
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
X_FRAME_OPTIONS = "DENY"

LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_I18N = True
USE_TZ = True

# Wraps every person's key and derives the blind indexes: 32 bytes, hexadecimal.
MASTER_KEY = os.environ.get("ATTUNE_MASTER_KEY", "")
LOG_DIR = VAR_DIR / "log"
ARTEFACT_ROOT = Path(os.environ.get("ATTUNE_ARTEFACTS", VAR_DIR / "artefacts"))
# Below it tenants may have folders of Parquet files, each under its own schema's name.
WAREHOUSE_ROOT = Path(os.environ.get("ATTUNE_WAREHOUSE", VAR_DIR / "warehouse"))

# Where events wait on this host's disk while the database is away, and how much of it they may take.
SPOOL_ROOT = Path(os.environ.get("ATTUNE_SPOOL", VAR_DIR / "spool"))
SPOOL_BYTES = int(os.environ.get("ATTUNE_SPOOL_MB", "1024")) << 20

# How much a web process keeps of models and catalogues before it forgets the longest unused tenant.
SERVING_MEMORY_BYTES = int(os.environ.get("ATTUNE_SERVING_MEMORY_MB", "240")) * 1_000_000

# With more live events of one tenant waiting, its doors answer 503 until workers have caught up. 0: never.
EVENTS_MOST_WAITING = int(os.environ.get("ATTUNE_EVENTS_MOST_WAITING") or 900_000)
# Items that the catalogue doesn't have and that browsers' events name: so many are made a day, for each tenant.
UNLISTED_ITEMS_A_DAY = int(os.environ.get("ATTUNE_UNLISTED_ITEMS_A_DAY") or 10_000)
# Workers that compute a tenant's new measures of everybody at a time; the others stay free for what else waits.
TRAIT_BUILDERS = int(os.environ.get("ATTUNE_TRAIT_BUILDERS") or max(1, (os.cpu_count() or 2) // 2))
# After so many days a request that nobody verified is rejected, and whom it named can't be read any more.
SUBJECT_UNVERIFIED_DAYS = 90
EXPORT_ROOT = VAR_DIR / "exports"
# Uploaded files of history, sealed, until they are imported; shared by web and workers.
IMPORT_ROOT = Path(os.environ.get("ATTUNE_IMPORTS", VAR_DIR / "imports"))
IMPORT_MOST_BYTES = int(os.environ.get("ATTUNE_IMPORT_MOST_MB", "4000")) << 20
# Whether what tenants name (status callbacks, webhooks, SMTP servers) may have private addresses and plain http: on a
# development machine, or where all tenants are one's own.
OUTBOUND_TO_OWN_NETWORK = os.environ.get("ATTUNE_OUTBOUND_TO_OWN_NETWORK", "") == "1"

# A worker that sends messages and is not heard of for so long is taken for dead (see journeys.delivery).
MESSAGE_LEASE_SECONDS = int(os.environ.get("ATTUNE_MESSAGE_LEASE_SECONDS", "60"))
# Links in messages: "{host}" is the tenant's first host name.
PUBLIC_URL = os.environ.get("ATTUNE_PUBLIC_URL", "https://{host}")

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": [],
    "DEFAULT_RENDERER_CLASSES": ["tenants.api.OrjsonRenderer"],
    "DEFAULT_PARSER_CLASSES": ["tenants.api.OrjsonParser"],
    "EXCEPTION_HANDLER": "tenants.problems.exception_handler",
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "UNAUTHENTICATED_USER": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Attune API",
    "VERSION": VERSION,
    "DESCRIPTION": "Send events, read profiles, keep the catalogue, ask for recommendations.",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "POSTPROCESSING_HOOKS": ["config.openapi.complete"],
}

CELERY_BROKER_URL = SERVICES.celery_broker_url
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
# Events have a queue, and where the supervisor starts them workers, of their own. A worker told nothing takes both.
CELERY_TASK_QUEUES = [Queue("celery"), Queue("events")]
CELERY_TASK_ROUTES = {
    name: "events"
    for name in ("profiles.tasks.process_events", "profiles.tasks.sweep", "tenants.tasks.sweep_due")
}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_SERIALIZER = "json"
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 3600,
    "socket_timeout": 5,
    "socket_connect_timeout": 2,
}
CELERY_TIMEZONE = "UTC"

# Django's loggers that write the path of a request.
REQUEST_LOGGERS = ("django.request", "django.security.csrf", "django.security.DisallowedHost")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"()": "config.telemetry.JsonFormatter"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": os.environ.get("ATTUNE_LOG_LEVEL", "WARNING")},
    "filters": {"no_paths": {"()": "config.telemetry.RoutesForPaths"}},
    "loggers": {
        "attune": {"level": "INFO"},
        # A filter of a logger isn't asked about its children's lines.
        **{name: {"filters": ["no_paths"]} for name in REQUEST_LOGGERS},
    },
}
