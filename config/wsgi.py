"""The WSGI application: Django, inside the wrappers that answer before it (settings.WSGI_WRAPPERS)."""

import gc
import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver
from django.utils.module_loading import import_string

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

application = get_wsgi_application()
for wrapper in settings.WSGI_WRAPPERS:
    application = import_string(wrapper)(application)

# The faces are loaded before the first request asks for one, and what is loaded stays for good: the collector, which would
# stop a request for a tenth of a second to look through all of it, need not look.
_faces = get_resolver().url_patterns
gc.collect()
gc.freeze()
