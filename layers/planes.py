"""Which plane in metres suits a place: for distances and buffers wherever on earth."""

from layers.crs import gauss_kruger


def utm(longitude: float, latitude: float) -> int:
    """Return the EPSG code of the WGS 84 UTM zone at a place: a plane in metres wherever on earth."""
    zone = min(int((longitude + 180) // 6) + 1, 60)
    return (32600 if latitude >= 0 else 32700) + zone


def local_plane(longitude: float, latitude: float) -> int:
    """Return a conformal plane in metres at a place: the 3° Gauss-Krüger zone in China, else UTM."""
    inside = 73.5 <= longitude <= 136.5 and 0 <= latitude <= 60
    return (gauss_kruger(longitude) if inside else None) or utm(longitude, latitude)
