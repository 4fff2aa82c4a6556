"""Which layers a WMS request names: each a view of the caller's, or the protocol's not-found."""

from django.conf import settings
from django.http import HttpRequest

from geoserver_app.caller import caller
from geoserver_app.http_errors import RequestFault
from geoserver_app.wms.parameters import Parameters
from layers import access
from layers.access import LayerView
from layers.errors import NotAllowed, NotFound
from layers.spec import Operation
from tiles import render


def asked(request: HttpRequest, parameters: Parameters, name: str, operation: Operation) -> list[LayerView]:
    """Return the views of the layers named in LAYERS or QUERY_LAYERS, in that order."""
    names = parameters.words(name)
    if not names:
        raise RequestFault("MissingParameterValue", f"缺少参数 {name} / {name} is missing", parameter=name)
    if len(names) > settings.GEOBASE.max_layers:
        limit = settings.GEOBASE.max_layers
        raise RequestFault(
            "InvalidParameterValue", f"一次最多 {limit} 个图层 / At most {limit} layers at once", parameter=name
        )
    principal = caller(request)
    found: list[LayerView] = []
    for each in names:
        try:
            found.append(access.require(principal, each, operation))
        except NotFound:
            # The name is not repeated: an answer never carries client text.
            raise RequestFault("LayerNotDefined", "没有此图层 / No such layer", parameter=name, status=404) from None
        except NotAllowed:
            raise RequestFault(
                "OperationNotAllowed", "未获此项操作的权限 / This operation is not granted", parameter=name, status=403
            ) from None
    return found


def styles(parameters: Parameters, views: list[LayerView]) -> list[str]:
    """Return one style name for each layer, "" for its default."""
    names = parameters.words("STYLES")
    if names in ([], [""]):
        return [""] * len(views)
    if len(names) != len(views):
        raise RequestFault(
            "StyleNotDefined", "STYLES 与 LAYERS 数目不同 / STYLES and LAYERS differ in number", parameter="STYLES"
        )
    for name, view in zip(names, views, strict=True):
        if name not in ("", "default", *(each.name for each in render.styles_of(view))):
            raise RequestFault("StyleNotDefined", "没有此样式 / No such style", parameter="STYLES")
    return names
