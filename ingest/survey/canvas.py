"""What is painted where on one sheet: flat colour at double resolution, with the shadows beside it."""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import shapely
from PIL import Image, ImageDraw

from ingest.survey.curves import Floats

PIXEL = 0.5
OVER = 2  # supersampling of the paint: edges come out smooth
# Where shadows fall for a metre of height, metres east and north: sun in the south-east, 55° high.
SUN = np.array([-0.45, 0.54])
type Colour = tuple[int, int, int]
type Bytes = npt.NDArray[np.uint8]


@dataclass
class Canvas:
    """A square of the plan: upper left corner in local metres, size in half-metre pixels."""

    left: float
    top: float
    size: int
    paint: Image.Image = field(init=False)
    shade: Image.Image = field(init=False)

    def __post_init__(self) -> None:
        side = self.size * OVER
        self.paint = Image.new("RGB", (side, side), (120, 112, 84))
        self.shade = Image.new("L", (side, side), 0)
        self._paint = ImageDraw.Draw(self.paint)
        self._shade = ImageDraw.Draw(self.shade)

    def _pixels(self, xy: Floats, over: int = OVER) -> list[float]:
        moved = (xy - np.array([self.left, self.top])) * np.array([1, -1]) * (over / PIXEL)
        return [float(value) for value in moved.ravel()]

    def fill(self, xy: Floats, colour: Colour, *, casts: float = 0.0) -> None:
        """Fill a ring; `casts` is the height its shadow falls from."""
        pixels = self._pixels(xy)
        if casts:
            self.cast(xy, casts)
            self._shade.polygon(pixels, fill=0)
        self._paint.polygon(pixels, fill=colour)

    def cast(self, xy: Floats, height: float) -> None:
        """Throw the shadow of a ring `height` metres over the ground."""
        far = xy + SUN * height
        self._shade.polygon(self._pixels(far), fill=255)
        for a, b, c, d in zip(xy[:-1], xy[1:], far[1:], far[:-1], strict=True):
            self._shade.polygon(self._pixels(np.array([a, b, c, d])), fill=255)

    def lift(self, xy: Floats) -> None:
        """Take shadow off a ring: what is painted there stands above it."""
        self._shade.polygon(self._pixels(xy), fill=0)

    def line(self, xy: Floats, width: float, colour: Colour) -> None:
        """Draw a line `width` metres wide (at least one fine pixel)."""
        wide = max(1, round(width * OVER / PIXEL))
        self._paint.line(self._pixels(xy), fill=colour, width=wide, joint="curve" if wide > 3 else None)

    def shape(self, shape: shapely.Geometry, colour: Colour, *, lifts: bool = False) -> None:
        """Fill the outer rings of a shape."""
        for part in shapely.get_parts(shape):
            if isinstance(part, shapely.Polygon) and not part.is_empty:
                xy = np.asarray(part.exterior.coords)
                self.fill(xy, colour)
                if lifts:
                    self.lift(xy)

    def numbers(self, rings: list[tuple[int, Floats]]) -> npt.NDArray[np.int32]:
        """Return an array that tells for each pixel which of the numbered rings covers it, 0 none."""
        image = Image.new("I", (self.size, self.size), 0)
        draw = ImageDraw.Draw(image)
        for number, xy in rings:
            draw.polygon(self._pixels(xy, 1), fill=number)
        return np.asarray(image)

    def colours(self) -> Bytes:
        """Return the paint at half-metre pixels, edges mixed."""
        return np.asarray(self.paint.reduce(OVER))

    def shadows(self) -> Bytes:
        """Return the shadows at half-metre pixels, 0 none to 255."""
        return np.asarray(self.shade.reduce(OVER))
