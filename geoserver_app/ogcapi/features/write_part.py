"""OGC API - Features Part 4: what /ogc/ says of editing, to those who may."""

from geoserver_app.ogcapi.call import GEOJSON, JSON
from geoserver_app.ogcapi.openapi_writing import content, header, write
from geoserver_app.ogcapi.part import Claim, Components, Part, Paths, Say
from geoserver_app.ogcapi.visible import has_items
from layers.access import LayerView

_PATCH = "application/merge-patch+json"


def _collection_paths(view: LayerView, say: Say) -> Paths:
    if not has_items(view) or "edit" not in view.operations:
        return {}
    slug, path = view.spec.slug, f"/collections/{view.spec.slug}"
    one, whole = ("featureId", "If-Match", "If-Unmodified-Since"), content({GEOJSON: "featureToWrite"})
    done, lists = {"204": say("已修改", "Done")}, content({JSON: "transaction"})
    return {
        f"{path}/items": {
            "post": write(
                f"{slug}.create", say("新增要素", "Create a feature"), ("Content-Crs",), {"201": say("已新增", "Created")}, whole, tag=slug
            )
        },
        f"{path}/items/{{featureId}}": {
            "put": write(f"{slug}.replace", say("替换要素", "Replace a feature"), (*one, "Content-Crs"), done, whole, tag=slug),
            "patch": write(
                f"{slug}.update", say("修改要素", "Update a feature"), (*one, "Content-Crs"), done, content({_PATCH: "featurePatch"}), tag=slug
            ),
            "delete": write(f"{slug}.delete", say("删除要素", "Delete a feature"), one, done, tag=slug),
        },
        f"{path}/transactions": {
            "post": write(
                f"{slug}.transaction", say("一次提交多项修改，成为一个版本", "Several changes as one version"), ("Content-Crs",),
                {"200": say("已修改", "Done")}, lists, tag=slug,
            )
        },
    }  # fmt: skip


def _components(say: Say) -> Components:
    feature = {"type": "object", "properties": {"geometry": {"type": "object", "nullable": True}, "properties": {"type": "object", "nullable": True}}}
    whole = {**feature, "required": ["type", "geometry", "properties"]}
    whole["properties"] = {"type": {"type": "string", "enum": ["Feature"]}, **feature["properties"]}  # type: ignore[dict-item]
    each = {"type": "array", "items": {"type": "object"}}
    lists = {"type": "object", "properties": dict.fromkeys(("create", "replace", "update", "delete"), each), "additionalProperties": False}
    words = {
        "Content-Crs": say("几何的坐标系，<URI>", "CRS of the geometry, <URI>"),
        "If-Match": say("只在 ETag 未变时修改", "only while the ETag is this"),
        "If-Unmodified-Since": say("只在此后未被修改时修改", "only if not changed since"),
    }
    return {
        "schemas": {"featureToWrite": whole, "featurePatch": feature, "transaction": lists},
        "parameters": {name: header(name, text) for name, text in words.items()},
    }


_CONF = "ogcapi-features-4/1.0/conf"
PARTS = (
    Part(
        "OGC API - Features - Part 4: Create, Replace, Update and Delete",
        "OGC 20-002 (draft)",
        claims=(
            Claim(f"{_CONF}/create-replace-delete", "每次修改成为一个有作者的版本", "each edit is a version with its author"),
            Claim(f"{_CONF}/update", "JSON 合并补丁（RFC 7396）", "JSON merge patch (RFC 7396)"),
            Claim(f"{_CONF}/features", "GeoJSON，坐标系见 Content-Crs", "GeoJSON, its CRS by Content-Crs"),
            Claim(f"{_CONF}/optimistic-locking-etags", "If-Match，过期为 412", "If-Match, stale is 412"),
            Claim(f"{_CONF}/optimistic-locking-timestamps", "If-Unmodified-Since，过期为 412", "If-Unmodified-Since, stale is 412"),
        ),
        collection_paths=_collection_paths,
        components=_components,
    ),
)
