"""The sign-in page, sign-out and the choice of language: Django's own views, told whose server this is."""

from typing import Any

from django.conf import settings
from django.contrib.auth import views as auth_views
from django.views.i18n import set_language

from geoserver_app.caller import zone
from geoserver_app.census import operation
from layers.spec import Title

_ZONES = (Title("互联网", "Internet"), Title("政务外网", "Extranet"), Title("政务内网", "Intranet"))


class SignIn(auth_views.LoginView):
    """Ask for name and password; say which city's server this is and in which network zone it listens."""

    template_name = "accounts/login.html"
    redirect_authenticated_user = False

    def get_context_data(self, **more: Any) -> dict[str, Any]:
        """Return what the page says beside the form."""
        city = settings.GEOBASE
        language = self.request.LANGUAGE_CODE
        return super().get_context_data(
            city=Title(city.city_zh, city.city_en)(language),
            zone=_ZONES[zone()](language),
            is_english=language.startswith("en"),
            **more,
        )


sign_in = operation("none")(SignIn.as_view())
sign_out = operation("none")(auth_views.LogoutView.as_view())
language = operation("none")(set_language)
