"""Django's settings, made from the typed environment of `config.environment`."""

import os
import secrets
from pathlib import Path
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

from config import database, environment

# A GDAL or PROJ data folder of another installation breaks the system's libgdal and the wheels alike.
for name in ("GDAL_DATA", "PROJ_DATA", "PROJ_LIB"):
    os.environ.pop(name, None)

try:
    GEOBASE = environment.read(os.environ)
except environment.SettingsFault as fault:
    raise ImproperlyConfigured(str(fault)) from None

BASE_DIR = environment.CHECKOUT


def _kept_secret(var: Path) -> str:
    """Read the signing key kept in `var`, making it first when there is none yet."""
    kept = var / "secret_key"
    var.mkdir(parents=True, exist_ok=True)
    try:
        handle = os.open(kept, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return kept.read_text().strip()
    with os.fdopen(handle, "w") as file:
        file.write(key := secrets.token_urlsafe(48))
    return key


SECRET_KEY = GEOBASE.secret_key or _kept_secret(GEOBASE.var)
DEBUG = GEOBASE.debug
ALLOWED_HOSTS = [*GEOBASE.allowed_hosts]
CSRF_TRUSTED_ORIGINS: list[str] = []
if GEOBASE.base_url:
    ALLOWED_HOSTS.append(urlsplit(GEOBASE.base_url).hostname or "")
    CSRF_TRUSTED_ORIGINS.append(GEOBASE.base_url)

INSTALLED_APPS = [
    "geoserver_app",
    "ingest",
    "tiles",
    "layers",
    "django_tasks_db",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.gis",
    "django.contrib.postgres",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
ROOT_URLCONF = "geoserver_app.urls"
WSGI_APPLICATION = "config.wsgi.application"
# Callables (application) -> application, outermost last: they answer before Django's middleware.
WSGI_WRAPPERS: list[str] = ["geoserver_app.fastpath.wrap"]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
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

DATABASES = {"default": database.connection(GEOBASE.database_url, GEOBASE.var)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}

AUTH_USER_MODEL = "layers.User"
LOGIN_URL = "/accounts/login/"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]
USE_I18N = True
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = GEOBASE.var / "static"
DATA_UPLOAD_MAX_MEMORY_SIZE = 4 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 4 * 1024 * 1024

SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CSP = {
    "default-src": ["'self'"],
    "img-src": ["'self'", "data:", "blob:"],
    "style-src": ["'self'", "'unsafe-inline'"],
    "worker-src": ["'self'", "blob:"],
    "object-src": ["'none'"],
    "base-uri": ["'self'"],
    "form-action": ["'self'"],
    "frame-ancestors": ["'self'"],
}
# GDAL 3.6 of Debian 12 cannot block file and network access of a CRS text. No client text becomes a
# CRS here: layers.crs takes EPSG numbers only, and `crs` members of GeoJSON are ignored.
SILENCED_SYSTEM_CHECKS = ["gis.W001"]
X_FRAME_OPTIONS = "SAMEORIGIN"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
if GEOBASE.behind_proxy:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": GEOBASE.log_level},
    "loggers": {
        # pygeoapi logs every 404 as an error with its traceback; rasterio and fiona whisper much.
        "pygeoapi": {"level": "CRITICAL"},
        "rasterio": {"level": "WARNING"},
        "mapproxy": {"level": "WARNING"},
        # fpdf2 has fontTools tell every glyph it keeps.
        "fontTools": {"level": "WARNING"},
        "pyogrio": {"level": "WARNING"},
    },
}
