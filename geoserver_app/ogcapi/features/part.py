"""OGC API - Features Parts 1–5 and CQL2: what /ogc/ says of its features."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from geoserver_app.ogcapi.call import GEOJSON, HTML, JSON, SCHEMA, Call
from geoserver_app.ogcapi.features.jsonfg import PROFILE_URI
from geoserver_app.ogcapi.features.parameters import attribute, naming, shared, uris
from geoserver_app.ogcapi.features.reading import NAMES
from geoserver_app.ogcapi.openapi_writing import get
from geoserver_app.ogcapi.part import Claim, Components, Links, Part, Paths, Say
from geoserver_app.ogcapi.visible import has_items, title_of
from layers.access import LayerView

QUERYABLES = "http://www.opengis.net/def/rel/ogc/1.0/queryables"
FUNCTIONS = "http://www.opengis.net/def/rel/ogc/1.0/functions"
SORTABLES = "http://www.opengis.net/def/rel/ogc/1.0/sortables"
SCHEMA_REL = "http://www.opengis.net/def/rel/ogc/1.0/schema"
_ITEM = ("featureId", "crs", "version", "asOf", "profile")
_COMPONENTS = json.loads(Path(__file__).with_name("features.json").read_text())


def _members(_call: Call, view: LayerView) -> Mapping[str, Any]:
    if not has_items(view):
        return {}
    return {"itemType": "feature", "crs": uris(), "storageCrs": "http://www.opengis.net/def/crs/EPSG/0/4490"}


def _links(call: Call, view: LayerView) -> Links:
    if not has_items(view):
        return ()
    path, title = f"/collections/{view.spec.slug}", title_of(call, view)
    fg = call.link("items", f"{path}/items", GEOJSON, "JSON-FG", profile="jsonfg")
    return [
        call.link("items", f"{path}/items", GEOJSON, title, f="json"),
        call.link("items", f"{path}/items", HTML, title, f="html"),
        {**fg, "profile": [f"{PROFILE_URI}jsonfg"]},
        call.link(QUERYABLES, f"{path}/queryables", SCHEMA, call.say("可查询属性", "Queryables"), f="json"),
        call.link(SORTABLES, f"{path}/sortables", SCHEMA, call.say("可排序属性", "Sortables"), f="json"),
        call.link(SCHEMA_REL, f"{path}/schema", SCHEMA, call.say("数据结构", "Schema"), f="json"),
    ]


def _collection_paths(view: LayerView, say: Say) -> Paths:
    if not has_items(view):
        return {}
    slug, title = view.spec.slug, say(view.spec.title("zh"), view.spec.title("en"))
    path, taken = f"/collections/{slug}", {*NAMES, "f", "lang", "key"}
    own = [*naming(view.fields, say), *(attribute(field, say) for field in view.fields if field.name not in taken)]
    named = [name for name in NAMES if name not in ("sortby", "properties")]
    media = {GEOJSON: "featureGeoJSON", HTML: "", "application/ld+json": ""}
    return {
        f"{path}/items": get(
            f"{slug}.items", title, {GEOJSON: "featureCollectionGeoJSON", HTML: ""}, [*named, *own], tag=slug
        ),
        f"{path}/items/{{featureId}}": get(f"{slug}.item", title, media, _ITEM, tag=slug),
        **{
            f"{path}/{name}": get(f"{slug}.{name}", title, {SCHEMA: "jsonSchema", HTML: ""}, tag=slug)
            for name in ("queryables", "sortables", "schema")
        },
    }


def _landing(call: Call) -> Links:
    return [call.link(FUNCTIONS, "/functions", JSON, call.say("过滤函数", "Filter functions"), f="json")]


def _paths(say: Say) -> Paths:
    return {"/functions": get("functions", say("过滤函数", "Filter functions"), {JSON: "functions", HTML: ""})}


def _components(say: Say) -> Components:
    return {**_COMPONENTS, "parameters": shared(say)}


_CORE, _FILTER, _CQL2 = "ogcapi-features-1/1.0/conf", "ogcapi-features-3/1.0/conf", "cql2/1.0/conf"
PARTS = (
    Part(
        "OGC API - Features - Part 1: Core",
        "OGC 17-069r4",
        claims=(
            Claim(f"{_CORE}/core", "分页、范围、时间、属性参数", "paging, bbox, datetime, attribute parameters"),
            Claim(f"{_CORE}/oas30", "写入接口定义", "in the API definition"),
            Claim(f"{_CORE}/html", "要素网页", "pages of features"),
            Claim(f"{_CORE}/geojson", "由 PostgreSQL 直接写出", "written by PostgreSQL itself"),
        ),
        members=_members,
        links=_links,
        collection_paths=_collection_paths,
        components=_components,
    ),
    Part(
        "OGC API - Features - Part 2: CRS by Reference",
        "OGC 18-058r1",
        claims=(Claim("ogcapi-features-2/1.0/conf/crs", "CGCS2000 与通用坐标系", "CGCS2000 and general CRSs"),),
    ),
    Part(
        "OGC API - Features - Part 3: Filtering",
        "OGC 19-079r2",
        claims=(
            Claim(f"{_FILTER}/queryables", "按用户可见的属性", "the attributes the caller may see"),
            Claim(f"{_FILTER}/queryables-query-parameters", "属性=值", "attribute=value"),
            Claim(f"{_FILTER}/filter", "filter、filter-lang、filter-crs", "filter, filter-lang, filter-crs"),
            Claim(f"{_FILTER}/features-filter", "用于要素", "on features"),
        ),
    ),
    Part(
        "Common Query Language (CQL2)",
        "OGC 21-065r2",
        landing=_landing,
        paths=_paths,
        claims=(
            Claim(f"{_CQL2}/cql2-text", "文本写法", "as text"),
            Claim(f"{_CQL2}/cql2-json", "JSON 写法", "as JSON"),
            Claim(f"{_CQL2}/basic-cql2", "逻辑与比较", "logic and comparison"),
            Claim(f"{_CQL2}/advanced-comparison-operators", "LIKE、BETWEEN、IN", "LIKE, BETWEEN, IN"),
            Claim(f"{_CQL2}/case-insensitive-comparison", "CASEI", "CASEI"),
            Claim(f"{_CQL2}/accent-insensitive-comparison", "ACCENTI", "ACCENTI"),
            Claim(f"{_CQL2}/basic-spatial-functions", "与点、范围的 S_INTERSECTS", "S_INTERSECTS with points and boxes"),
            Claim(f"{_CQL2}/basic-spatial-functions-plus", "与各类几何的 S_INTERSECTS", "S_INTERSECTS with every geometry"),
            Claim(f"{_CQL2}/spatial-functions", "八种空间关系", "the eight spatial relations"),
            Claim(f"{_CQL2}/temporal-functions", "十五种时间关系", "the fifteen temporal relations"),
            Claim(f"{_CQL2}/array-functions", "A_EQUALS、A_CONTAINS、A_CONTAINEDBY、A_OVERLAPS；数组由 split 得来", "on arrays that split makes of text, and literal ones"),
            Claim(f"{_CQL2}/arithmetic", "+ - * / % div ^", "+ - * / % div ^"),
            Claim(f"{_CQL2}/functions", "清单在 /functions", "listed at /functions"),
            Claim(f"{_CQL2}/property-property", "属性与属性比较", "attributes compared with attributes"),
        ),
    ),
    Part(
        "OGC API - Features - Part 5: Schemas (Common Part 3)",
        "OGC 23-058r2",
        claims=(
            *(
                Claim(f"{base}/{name}", zh, en)
                for base in ("ogcapi-features-5/1.0/conf", "ogcapi-common-3/1.0/conf")
                for name, zh, en in (
                    ("schemas", "JSON Schema 2020-12，含单位与顺序", "JSON Schema 2020-12 with units and order"),
                    ("returnables-and-receivables", "不可写的属性标 readOnly，逐用户给出", "what the caller may not write is readOnly"),
                    ("sortables", "可排序属性", "the attributes an order may name"),
                )
            ),
            Claim("ogcapi-features-5/1.0/conf/core-roles-features", "id、primary-geometry、primary-instant", "id, primary-geometry, primary-instant"),
            Claim("ogcapi-features-5/1.0/conf/feature-references", "图层之间没有要素引用", "no layer refers to features of another", is_met=False),
            Claim("ogcapi-features-5/1.0/conf/profile-codelists", "代码表尚无各自的地址", "code lists have no address of their own yet", is_met=False),
        ),
    ),
    Part(
        "OGC Features and Geometries JSON - Part 1: Core (JSON-FG)",
        "OGC 21-045r1",
        claims=(
            Claim("json-fg-1/1.0/conf/core", "time、place、coordRefSys，由 PostgreSQL 直接写出", "time, place, coordRefSys, written by PostgreSQL"),
            Claim("json-fg-1/1.0/conf/types-schemas", "featureType、featureSchema", "featureType, featureSchema"),
            Claim("json-fg-1/1.0/conf/api", "profile 参数：rfc7946、jsonfg、jsonfg-plus", "profile: rfc7946, jsonfg, jsonfg-plus"),
            Claim("json-fg-1/1.0/conf/polyhedra", "没有三维体数据", "there are no solids", is_met=False),
        ),
    ),
)
