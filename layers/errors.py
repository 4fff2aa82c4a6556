"""What can go wrong in the registry and at the doors; each class's docstring is its message."""


class GeobaseError(Exception):
    """Geobase could not do this."""

    def __init__(self, detail: str = "", *, parameter: str = "") -> None:
        super().__init__(detail or type(self).__doc__ or "")
        self.detail = detail or (type(self).__doc__ or "")
        self.parameter = parameter


class NotFound(GeobaseError):
    """There is no such layer, feature or style."""


class NotAllowed(GeobaseError):
    """The layer is visible, but this operation on it is not granted."""


class InvalidFilter(GeobaseError):
    """The filter cannot be read."""


class InvalidValue(GeobaseError):
    """A parameter has a value outside its range."""


class UnknownCrs(GeobaseError):
    """The coordinate reference system is not offered."""


class DatumRefused(GeobaseError):
    """PROJ knows no exact transformation between these datums."""


class TooLarge(GeobaseError):
    """The request asks for more than one answer may hold."""


class Busy(GeobaseError):
    """Another publication of this layer is under way."""


class Stale(GeobaseError):
    """It has changed since this was read or compared with it."""


class RenderFailed(GeobaseError):
    """The drawing engine did not answer."""


class Conflict(GeobaseError):
    """It would clash with what is there already."""


class InvalidContent(GeobaseError):
    """What was sent does not fit the layer's schema."""
