"""Every URL of the server, on one page."""

from django.contrib import admin
from django.contrib.auth import views as auth_views
from django.urls import URLPattern, URLResolver, path

from geoserver_app import health
from geoserver_app.census import operation

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", health.healthz),
    path("readyz", health.readyz),
    path("accounts/login/", operation("none")(auth_views.LoginView.as_view(template_name="accounts/login.html")), name="login"),
    path("accounts/logout/", operation("none")(auth_views.LogoutView.as_view()), name="logout"),
    path("admin/", admin.site.urls),
]
