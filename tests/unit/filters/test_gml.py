"""GML in filters: every version's way of writing a position leads to the same geometry, x first."""

import pytest

from layers.errors import InvalidFilter
from layers.filters import gml
from layers.xml import safe_xml

POLYGON = ((((116.0, 38.0), (117.0, 38.0), (117.0, 39.0), (116.0, 38.0)),))


@pytest.mark.parametrize(
    "text",
    [
        "<Polygon><exterior><LinearRing><posList>116 38 117 38 117 39 116 38</posList></LinearRing></exterior></Polygon>",
        "<Polygon srsName='urn:ogc:def:crs:EPSG::4490'><exterior><LinearRing><posList>38 116 38 117 39 117 38 116</posList></LinearRing></exterior></Polygon>",
        "<Polygon srsName='EPSG:4326'><outerBoundaryIs><LinearRing><coordinates>116,38 117,38 117,39 116,38</coordinates></LinearRing></outerBoundaryIs></Polygon>",
        "<Polygon><exterior><LinearRing><pos>116 38</pos><pos>117 38</pos><pos>117 39</pos><pos>116 38</pos></LinearRing></exterior></Polygon>",
        "<Polygon><exterior><LinearRing><posList srsDimension='3'>116 38 1 117 38 1 117 39 1 116 38 1</posList></LinearRing></exterior></Polygon>",
    ],
)
def test_every_way_of_writing_a_polygon_is_the_same_polygon(text):
    found = gml.read(safe_xml(text))
    assert (found.kind, found.coordinates, found.srid) == ("Polygon", POLYGON, 4490)


def test_envelopes_points_and_collections_are_read():
    envelope = gml.read(safe_xml("<Envelope srsName='urn:ogc:def:crs:EPSG::4548'><lowerCorner>4 1</lowerCorner><upperCorner>5 2</upperCorner></Envelope>"))
    assert envelope.srid == 4548
    assert envelope.coordinates[0][0] == (1.0, 4.0)
    assert gml.read(safe_xml("<Box><coordinates>1,4 2,5</coordinates></Box>")).coordinates == envelope.coordinates
    many = "<MultiPoint><pointMember><Point><pos>1 2</pos></Point></pointMember><pointMember><Point><pos>3 4</pos></Point></pointMember></MultiPoint>"
    assert gml.read(safe_xml(many)).coordinates == ((1.0, 2.0), (3.0, 4.0))


@pytest.mark.parametrize(
    "text",
    ["<Point/>", "<Point><pos>x y</pos></Point>", "<Point><pos>1</pos></Point>", "<Point srsName='http://evil.example/'><pos>1 2</pos></Point>",
     "<LineString><posList>1 2 3</posList></LineString>", "<Point><pos>NaN 1</pos></Point>", "<Envelope/>"],
)  # fmt: skip
def test_what_is_no_geometry_is_refused(text):
    with pytest.raises(InvalidFilter):
        gml.read(safe_xml(text))
