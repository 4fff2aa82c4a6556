"""The deliveries' page: the build's own, for those who may take deliveries; to everybody else it is not there."""

from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.csrf import get_token
from django.views.decorators.csp import csp_override
from django.views.decorators.http import require_safe

from geoserver_app.caller import BadCredentials, caller
from geoserver_app.census import operation
from geoserver_app.webmap import built
from geoserver_app.webmap.views import CSP, NOT_BUILT
from ingest import desk
from layers.errors import GeobaseError


@operation("publish")
@require_safe
@csp_override(CSP)
def page(request: HttpRequest) -> HttpResponseBase:
    """Show the page; it reads everything by REST, with the session's cookie and this token."""
    if not request.user.is_authenticated:
        return redirect_to_login(request.get_full_path())
    try:
        desk.enter(caller(request))
    except (GeobaseError, BadCredentials):
        raise Http404 from None
    found = built.page("deliveries")
    if found is None:
        return HttpResponse(NOT_BUILT, status=503, headers={"Retry-After": "60"})
    get_token(request)  # sets the cookie that writing requests carry
    return HttpResponse(found, headers={"Cache-Control": "private, no-cache"})
