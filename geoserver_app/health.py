"""Is the server alive, and is it ready to answer? For supervisors and load balancers."""

from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse

from geoserver_app.census import operation


@operation("none")
def healthz(request: HttpRequest) -> JsonResponse:
    """Answer 200 as long as the process can answer at all."""
    return JsonResponse({"status": "ok"})


@operation("none")
def readyz(request: HttpRequest) -> JsonResponse:
    """Answer 200 when the registry can be read, else 503 with Retry-After."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT rules, pointers FROM layers_revision WHERE id = 1")
            row = cursor.fetchone()
    except DatabaseError:
        row = None
    if row is None:
        return JsonResponse({"status": "unavailable"}, status=503, headers={"Retry-After": "5"})
    return JsonResponse({"status": "ready", "revision": f"{row[0]}.{row[1]}"})
