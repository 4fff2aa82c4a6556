"""The WSGI application: Django, inside the wrappers that answer before it (settings.WSGI_WRAPPERS)."""

import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.utils.module_loading import import_string

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

application = get_wsgi_application()
for wrapper in settings.WSGI_WRAPPERS:
    application = import_string(wrapper)(application)
