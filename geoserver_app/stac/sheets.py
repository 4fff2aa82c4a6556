"""The files of raster layers as one caller may know them: what STAC's items are made of, filtered and sorted by."""

import re
from dataclasses import dataclass
from datetime import date
from typing import Any

import shapely

from geoserver_app.ogcapi.call import Call
from layers import access, files
from layers.access import LayerView
from layers.errors import NotFound
from layers.files import RasterFile

_ODD = re.compile(r"[^\w.-]+")
type Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A file of a layer as one caller may know it: its outline ends where the caller's area does."""

    view: LayerView
    file: RasterFile

    @property
    def id(self) -> str:
        """The item's identifier: delivered name, day of survey, first digits of the content's hash."""
        day = f"_{self.file.survey_date:%Y%m%d}" if self.file.survey_date else ""
        return f"{_ODD.sub('-', self.file.name.rpartition('.')[0] or self.file.name)}{day}_{self.file.sha256[:8]}"

    @property
    def outline(self) -> Any:
        """Where its pixels lie for this caller, EPSG:4490."""
        area = files.area(self.view)
        return self.file.footprint if area is None else shapely.intersection(self.file.footprint, area)

    @property
    def epsg(self) -> int | None:
        """The EPSG code of the file's CRS, None where it has none."""
        number = self.file.srs.removeprefix("EPSG:")
        return int(number) if number.isdigit() else None

    def properties(self) -> Json:
        """Return what filters, sorting and fields may name."""
        published = self.view.spec.current.published if self.view.spec.current else None
        when: Json = {"datetime": moment(self.file.survey_date)}
        if self.file.survey_date is None:
            # Without a day of survey STAC wants an interval: that of the publication.
            day = published.strftime("%Y-%m-%dT%H:%M:%SZ") if published else "1970-01-01T00:00:00Z"
            when |= {"start_datetime": day, "end_datetime": day}
        return {
            **when,
            "title": self.file.name,
            "gsd": round(self.file.pixel_size_m, 6),
            "proj:epsg": self.epsg,
            "proj:shape": [self.file.height, self.file.width],
            "version": str(self.view.version),
        }


def moment(day: date | None) -> str | None:
    """Write a day as the moment it begins."""
    return f"{day.isoformat()}T00:00:00Z" if day else None


def raster_layers(call: Call) -> list[LayerView]:
    """Return the raster layers the caller may look at that have a file he may know of."""
    found = [view for view in access.views(call.principal, "view") if view.spec.kind in ("imagery", "elevation") and view.spec.version]
    return [view for view in found if files.listed(view)]


def raster_layer(call: Call, slug: str) -> LayerView:
    """Return one of them; hidden, absent and empty are the same not-found."""
    found = next((view for view in raster_layers(call) if view.spec.slug == slug), None)
    if found is None:
        raise NotFound
    return found


def sheets(view: LayerView) -> list[Sheet]:
    """Return every file of a layer that the caller may know of, topmost first."""
    return [Sheet(view, file) for file in files.listed(view)]


def sheet(view: LayerView, identifier: str) -> Sheet:
    """Return a file by its item's identifier; raises NotFound."""
    found = next((each for each in sheets(view) if each.id == identifier), None)
    if found is None:
        raise NotFound
    return found
