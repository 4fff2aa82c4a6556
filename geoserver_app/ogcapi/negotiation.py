"""Which of several media types a client wants: f, else what Accept names, else the first."""

from collections.abc import Mapping

from geoserver_app.ogcapi.call import Call


def picked(call: Call, media: Mapping[str, str]) -> str:
    """Return a name of `media` (name → media type): f, else the one Accept likes best, else the first."""
    if "f" in call.parameters:
        return call.format
    wanted: list[tuple[float, str]] = []
    names = {each.partition(";")[0]: name for name, each in reversed([*media.items()])}
    for part in call.request.headers.get("Accept", "").lower().split(","):
        kind, *parameters = (piece.strip() for piece in part.split(";"))
        if kind in names:
            wanted.append((-_quality(parameters), names[kind]))
    return min(wanted, key=lambda each: each[0])[1] if wanted else next(iter(media))


def _quality(parameters: list[str]) -> float:
    for each in parameters:
        if each.startswith("q="):
            try:
                return float(each[2:])
            except ValueError:
                return 0.0
    return 1.0
