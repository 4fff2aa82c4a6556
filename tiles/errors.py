"""What can go wrong with a tile address; each class's docstring is its message."""

from layers.errors import NotFound


class UnknownGrid(NotFound):
    """没有此瓦片矩阵集 / there is no such tile matrix set."""


class UnknownMatrix(NotFound):
    """没有此级别 / the tile matrix set has no such matrix."""


class TileOutOfRange(NotFound):
    """行列号超出矩阵范围 / the row or column is outside the tile matrix (WMTS 1.0 TileOutOfRange)."""


class UnknownFormat(NotFound):
    """该图层不提供此瓦片格式 / the layer has no tiles of this format."""
