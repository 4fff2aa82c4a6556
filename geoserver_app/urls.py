"""Every URL of the server, on one page."""

from django.contrib import admin
from django.urls import URLPattern, URLResolver, path
from django.views.decorators.csrf import csrf_exempt

from geoserver_app import health, unanswered
from geoserver_app.accounts import views as accounts
from geoserver_app.changes import views as changes
from geoserver_app.csw import views as csw
from geoserver_app.deliveries import page as deliveries_page
from geoserver_app.deliveries import report as deliveries_report
from geoserver_app.deliveries import views as deliveries
from geoserver_app.directory import views as directory
from geoserver_app.downloads import views as downloads
from geoserver_app.ogcapi import collections, landing, openapi, tile, tilesets
from geoserver_app.ogcapi.answers import resource
from geoserver_app.ogcapi.coverages import describing as coverage_documents
from geoserver_app.ogcapi.coverages import views as coverages
from geoserver_app.ogcapi.edr import views as edr
from geoserver_app.ogcapi.features import functions, item, items, schemas, writes
from geoserver_app.ogcapi.maps import views as maps
from geoserver_app.ogcapi.processes import views as processes
from geoserver_app.ogcapi.records import views as records
from geoserver_app.ogcapi.styles import managing
from geoserver_app.ogcapi.styles import views as styles
from geoserver_app.stac import views as stac
from geoserver_app.style_editor import views as style_editor
from geoserver_app.tiles import views as tiles
from geoserver_app.webmap import views as webmap
from geoserver_app.wms import views as wms
from geoserver_app.wmts import views as wmts

handler400 = unanswered.bad_request
handler404 = unanswered.not_found
handler500 = unanswered.failed

urlpatterns: list[URLPattern | URLResolver] = [
    path("", webmap.index, name="map"),
    path("map/assets/<str:name>", webmap.asset),
    path("map/config", webmap.config),
    path("map/codes", webmap.codes),
    path("map/search", webmap.find),
    path("map/legend/<str:layer>", webmap.legend),
    path("changes/<str:layer>", changes.versions),
    path("changes/<str:layer>/atom", changes.atom),
    path("changes/<str:layer>/features", changes.features),
    path("changes/<str:layer>/report", changes.report),
    path("changes/<str:layer>/package", changes.package),
    path("changes/<str:layer>/lineage", changes.origin),
    path("deliveries/api/uploads", deliveries.uploads_view),
    path("deliveries/api/uploads/<str:upload>", deliveries.upload_view),
    path("deliveries/api/uploads/<str:upload>/files/<str:number>", deliveries.piece_view),
    path("deliveries/api/uploads/<str:upload>/finish", deliveries.finish_view),
    path("deliveries/api/deliveries", deliveries.list_view),
    path("deliveries/api/deliveries/<str:delivery>", deliveries.delivery_view),
    path("deliveries/api/deliveries/<str:delivery>/findings", deliveries.findings_view),
    path("deliveries/api/deliveries/<str:delivery>/changes", deliveries.changes_view),
    path("deliveries/api/deliveries/<str:delivery>/mapping", deliveries.mapping_view),
    path("deliveries/api/deliveries/<str:delivery>/<str:action>", deliveries.action_view),
    path("healthz", health.healthz),
    path("readyz", health.readyz),
    path("accounts/login/", accounts.sign_in, name="login"),
    path("accounts/logout/", accounts.sign_out, name="logout"),
    path("accounts/language/", accounts.language, name="language"),
    path("admin/layers/style/editor/", style_editor.index, name="style-editor"),
    path("admin/layers/style/editor/<slug:layer>/<slug:style>/", style_editor.edit, name="style-editor-edit"),
    path("admin/layers/style/editor/<slug:layer>/<slug:style>/preview", style_editor.preview, name="style-editor-preview"),
    path("admin/layers/style/editor/<slug:layer>/<slug:style>/take", style_editor.take, name="style-editor-take"),
    path("admin/layers/style/editor/<slug:layer>/<slug:style>/export", style_editor.export, name="style-editor-export"),
    path("admin/layers/style/editor/<slug:layer>/<slug:style>/save", style_editor.save, name="style-editor-save"),
    path("admin/", admin.site.urls),
    path("wms", wms.wms, name="wms"),
    path("wmts", wmts.wmts, name="wmts"),
    path("wmts/1.0.0/WMTSCapabilities.xml", wmts.document),
    path(
        "wmts/1.0.0/<str:layer>/<str:style>/<str:set>/<str:matrix>/<str:row>/<str:column>.<str:extension>", wmts.tile
    ),
    path("tiles/<str:layer>/<str:grid>/tilejson.json", tiles.tilejson),
    path("tiles/<str:layer>/<str:grid>/<str:z>/<str:x>/<str:y>.<str:extension>", tiles.tile),
    path("csw", csw.csw, name="csw"),
    path("deliveries/", deliveries_page.page, name="deliveries"),
    path("deliveries/<str:delivery>/report", deliveries_report.report, name="delivery-report"),
    path("downloads/", downloads.downloads, name="downloads"),
    path("directory/", directory.directory, name="directory"),
    path("ogc/", landing.landing, name="ogc"),
    path("ogc/api", openapi.api),
    path("ogc/conformance", landing.conformance),
    path("ogc/functions", functions.functions),
    path("ogc/collections", collections.collections),
    path("ogc/collections/catalogue", records.collection),
    path("ogc/collections/catalogue/items", records.items),
    path("ogc/collections/catalogue/items/<str:record>", records.item),
    path("ogc/collections/catalogue/queryables", records.queryables),
    path("ogc/collections/catalogue/sortables", records.sortables),
    path("ogc/collections/<str:collection>", collections.collection),
    path(
        "ogc/collections/<str:collection>/items",
        resource(items.items, POST=writes.create, OPTIONS=writes.items_options),
    ),
    path(
        "ogc/collections/<str:collection>/items/<str:feature>",
        resource(item.item, PUT=writes.replace, PATCH=writes.update, DELETE=writes.delete, OPTIONS=writes.item_options),
    ),
    path("ogc/collections/<str:collection>/transactions", csrf_exempt(writes.transaction)),
    path("ogc/collections/<str:collection>/queryables", schemas.queryables),
    path("ogc/collections/<str:collection>/sortables", schemas.sortables),
    path("ogc/collections/<str:collection>/schema", schemas.schema),
    path("ogc/collections/<str:collection>/tiles", tilesets.vector_tilesets),
    path("ogc/collections/<str:collection>/tiles/<str:grid>", tilesets.vector_tileset),
    path("ogc/collections/<str:collection>/map/tiles", tilesets.map_tilesets),
    path("ogc/collections/<str:collection>/map/tiles/<str:grid>", tilesets.map_tileset),
    path("ogc/collections/<str:collection>/tiles/<str:grid>/<str:matrix>/<str:row>/<str:column>", tile.vector_tile),
    path("ogc/collections/<str:collection>/map/tiles/<str:grid>/<str:matrix>/<str:row>/<str:column>", tile.map_tile),
    path("ogc/tiles", tilesets.dataset_vector_tilesets),
    path("ogc/tiles/<str:grid>", tilesets.dataset_vector_tileset),
    path("ogc/tiles/<str:grid>/<str:matrix>/<str:row>/<str:column>", tile.dataset_vector_tile),
    path("ogc/map/tiles", tilesets.dataset_map_tilesets),
    path("ogc/map/tiles/<str:grid>", tilesets.dataset_map_tileset),
    path("ogc/map/tiles/<str:grid>/<str:matrix>/<str:row>/<str:column>", tile.dataset_map_tile),
    path("ogc/map", maps.dataset_map),
    path("ogc/collections/<str:collection>/map", maps.collection_map),
    path("ogc/collections/<str:collection>/styles/<str:style>/map", maps.styled_map),
    path("ogc/collections/<str:collection>/styles", resource(styles.collection_styles, POST=managing.create)),
    path(
        "ogc/collections/<str:collection>/styles/<str:style>",
        resource(styles.collection_style, PUT=managing.put_one, DELETE=managing.delete_one),
    ),
    path("ogc/styles", resource(styles.styles, POST=managing.create_anywhere)),
    path("ogc/styles/<str:style>", resource(styles.style, PUT=managing.put, DELETE=managing.delete)),
    path("ogc/styles/<str:style>/metadata", resource(styles.metadata, PUT=managing.patch, PATCH=managing.patch)),
    path("ogc/resources", styles.resources),
    path("ogc/resources/<str:name>", styles.resource),
    path("ogc/collections/<str:collection>/coverage", coverages.coverage),
    path("ogc/collections/<str:collection>/coverage/schema", coverage_documents.schema),
    path("ogc/collections/<str:collection>/coverage/rangetype", coverage_documents.range_type),
    path("ogc/collections/<str:collection>/coverage/domainset", coverage_documents.domain_set),
    path("ogc/collections/<str:collection>/position", edr.position),
    path("ogc/collections/<str:collection>/area", edr.area),
    path("ogc/collections/<str:collection>/cube", edr.cube),
    path("ogc/collections/<str:collection>/radius", edr.radius),
    path("ogc/collections/<str:collection>/trajectory", edr.trajectory),
    path("ogc/collections/<str:collection>/corridor", edr.corridor),
    path("ogc/collections/<str:collection>/locations", edr.locations),
    path("ogc/collections/<str:collection>/locations/<str:location>", edr.location),
    path("ogc/collections/<str:collection>/instances/<str:instance>/position", edr.position),
    path("ogc/collections/<str:collection>/instances/<str:instance>/area", edr.area),
    path("ogc/collections/<str:collection>/instances/<str:instance>/cube", edr.cube),
    path("ogc/collections/<str:collection>/instances/<str:instance>/radius", edr.radius),
    path("ogc/collections/<str:collection>/instances/<str:instance>/trajectory", edr.trajectory),
    path("ogc/collections/<str:collection>/instances/<str:instance>/corridor", edr.corridor),
    path("ogc/collections/<str:collection>/instances/<str:instance>/locations", edr.locations),
    path("ogc/collections/<str:collection>/instances/<str:instance>/locations/<str:location>", edr.location),
    path("ogc/collections/<str:collection>/instances", edr.instances),
    path("ogc/collections/<str:collection>/instances/<str:instance>", edr.instance),
    path("ogc/tileMatrixSets", tilesets.tile_matrix_sets),
    path("ogc/tileMatrixSets/<str:grid>", tilesets.tile_matrix_set),
    path("ogc/processes", processes.processes),
    path("ogc/processes/<str:process>", processes.process),
    path("ogc/processes/<str:process>/execution", csrf_exempt(processes.execution)),
    path("ogc/jobs", processes.job_list),
    path("ogc/jobs/<str:job>", resource(processes.job, DELETE=processes.dismiss)),
    path("ogc/jobs/<str:job>/results", processes.results),
    path("ogc/jobs/<str:job>/results/<str:output>", processes.result),
    path("ogc/<path:rest>", landing.nothing),
    path("stac", stac.landing),
    path("stac/", stac.landing),
    path("stac/api", stac.api),
    path("stac/conformance", stac.conformance),
    path("stac/queryables", stac.queryables),
    path("stac/collections", stac.collections),
    path("stac/collections/<str:collection>", stac.one_collection),
    path("stac/collections/<str:collection>/items", stac.items),
    path("stac/collections/<str:collection>/items/<str:item>", stac.one_item),
    path("stac/collections/<str:collection>/items/<str:item>/data.tif", stac.data),
    path("stac/search", stac.search_view),
    path("stac/<path:rest>", stac.nothing),
]
