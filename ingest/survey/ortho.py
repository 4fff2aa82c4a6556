"""What an orthophoto sheet shows: pixels drawn from the same parcels, buildings, roads and trees as the vectors."""

import warnings
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt
import rasterio
import shapely
from PIL import Image, ImageFilter
from rasterio.errors import NotGeoreferencedWarning

from ingest.survey import details, landuse, noise, plan, roofs, trees
from ingest.survey.canvas import PIXEL, Bytes, Canvas
from ingest.survey.curves import Floats
from ingest.survey.ground import Ground, ground
from ingest.survey.world import World
from layers import sheets

_TIFF = {"tiled": True, "compress": "jpeg", "photometric": "ycbcr", "jpeg_quality": 90}
_STRIP = 64
_SHEET = 1000.0
_MARGIN = 30.0  # metres round the sheet that may throw shadows into it
_SHADOW = np.array([0.56, 0.52, 0.45], dtype=np.float32)
# Each flight's light: gain per band and haze added.
_LIGHT = {2024: (np.array([1.03, 1.00, 0.94]), np.array([7, 8, 10])), 2026: (np.array([1.00, 1.02, 0.96]), np.array([3, 4, 7]))}


@dataclass
class Scene:
    """One year of the world, made ready for drawing sheets."""

    world: World
    year: int

    @cached_property
    def kinds(self) -> list[str]:
        """What every parcel is in the year."""
        return landuse.kinds(self.world, self.year)

    @cached_property
    def ground(self) -> Ground:
        """How every parcel looks."""
        return ground(self.world, self.year, self.kinds)

    @cached_property
    def trees(self) -> trees.Trees:
        """The trees of the year."""
        return trees.trees(self.world, self.year)

    @cached_property
    def crowns(self) -> list[list[Image.Image]]:
        """Pictures of crowns by radius and tone."""
        return [[Image.fromarray(one) for one in row] for row in trees.sprites(self.world.seed)]

    @cached_property
    def rings(self) -> list[Floats]:
        """The outer rings of the parcels."""
        return [shapely.get_coordinates(parcel.shape.exterior) for parcel in self.world.parcels]

    @cached_property
    def parcel_tree(self) -> shapely.STRtree:
        """An index of the parcels."""
        return shapely.STRtree(self.world.shapes)

    @cached_property
    def building_tree(self) -> shapely.STRtree:
        """An index of the buildings."""
        return shapely.STRtree(np.array([b.shape for b in self.world.buildings], dtype=object))

    @cached_property
    def details(self) -> details.Details:
        """Lines and marks that are no parcels: lanes, rails, ridges, banks, cars."""
        return details.details(self.world, self.year, self.kinds)


def names() -> list[tuple[int, int]]:
    """Return the south-west corners of the sheets in EPSG:4548, from the north-west."""
    (east, north), (columns, rows) = plan.SHEETS_FROM, plan.SHEETS
    return [(east + 1000 * c, north + 1000 * r) for r in reversed(range(rows)) for c in range(columns)]


def write_sheet(scene: Scene, east: int, north: int, folder: Path) -> Path:
    """Write one sheet as RGB TIF (JPEG tiles) with a world file and no CRS, named X-Y by its south-west corner."""
    pixels = sheet(scene, east, north)
    path = folder / f"{sheets.kilometre_sheet_at(east, north, 2000).name}.tif"
    size = len(pixels)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NotGeoreferencedWarning)  # the world file beside it says where
        with rasterio.open(path, "w", "GTiff", size, size, 3, dtype="uint8", **_TIFF) as tif:
            tif.write(np.moveaxis(pixels, 2, 0))
    half = PIXEL / 2
    corner = (PIXEL, 0.0, 0.0, -PIXEL, east + half, north + _SHEET - half)
    path.with_suffix(".tfw").write_text("".join(f"{value:.6f}\n" for value in corner), encoding="ascii")
    return path


def sheet(scene: Scene, east: int, north: int) -> Bytes:
    """Draw one sheet of 2000 × 2000 pixels."""
    left, bottom = east - plan.ORIGIN[0] - _MARGIN, north - plan.ORIGIN[1] - _MARGIN
    metres = _SHEET + 2 * _MARGIN
    canvas = Canvas(left, bottom + metres, round(metres / PIXEL))
    window = shapely.box(left, bottom, left + metres, bottom + metres)
    shown = scene.parcel_tree.query(window)
    area = shapely.area(scene.world.shapes[shown])
    shown = shown[np.lexsort((shown, -area))]  # what lies inside another is drawn after it
    for index in shown:
        r, g, b = scene.ground.rgb[index]
        canvas.fill(scene.rings[index], (int(r), int(g), int(b)))
    scene.details.draw(canvas, window)
    built = sorted(scene.building_tree.query(window).tolist())
    standing = [i for i in built if scene.year >= 2026 or not scene.world.buildings[i].is_recent]
    numbers = canvas.numbers(
        [(int(i) + 1, scene.rings[i]) for i in shown]
        + [(0, np.asarray(scene.world.buildings[i].shape.exterior.coords)) for i in standing]
    )
    for index in standing:
        roofs.draw(canvas, scene.world.buildings[index], index)
    return _finish(scene, canvas, numbers)


def _finish(scene: Scene, canvas: Canvas, numbers: npt.NDArray[np.int32]) -> Bytes:
    """Add texture, shadows, the light of the day and crowns; cut the margin off.

    Works in strips: arrays that stay in the cache are several times faster than whole sheets.
    """
    paint = canvas.colours()
    shade = np.asarray(Image.fromarray(canvas.shadows()).filter(ImageFilter.BoxBlur(1)))
    lit = np.empty_like(paint)
    texture = _Texture(scene, canvas)
    gain, haze = (part.astype(np.float32) for part in _LIGHT[scene.year])
    for top in range(0, canvas.size, _STRIP):
        rows = slice(top, top + _STRIP)
        colour = paint[rows] + texture.strip(numbers[rows], top)[..., None]
        colour *= 1 - shade[rows].astype(np.float32)[..., None] * ((1 - _SHADOW) / 255)
        colour *= gain
        colour += haze
        lit[rows] = np.clip(colour, 0, 255, out=colour)
    picture = Image.fromarray(lit)
    _plant(picture, scene, canvas)
    cut = round(_MARGIN / PIXEL)
    return np.asarray(picture)[cut:-cut, cut:-cut]


def _plant(picture: Image.Image, scene: Scene, canvas: Canvas) -> None:
    """Stamp the crowns, from north to south, so that each one's shadow falls on those behind it."""
    metres = canvas.size * PIXEL
    grown = scene.trees
    shown = grown.within(canvas.left, canvas.top - metres, canvas.left + metres, canvas.top)
    xy = (grown.xy[shown] - np.array([canvas.left, canvas.top])) * np.array([1, -1]) / PIXEL
    sizes = np.clip(np.round(grown.radius[shown] * 2) - 1, 0, 9).astype(int)
    tones = np.clip(grown.tone[shown] * 8, 0, 7).astype(int)
    for (x, y), size, tone in zip(np.round(xy).astype(int).tolist(), sizes, tones, strict=True):
        crown = scene.crowns[size][tone]
        half = crown.width // 2
        picture.paste(crown, (x - half, y - half), crown)


class _Texture:
    """Light and dark of rows, grain and mottling for every pixel, by its parcel."""

    def __init__(self, scene: Scene, canvas: Canvas) -> None:
        look, size, seed = scene.ground, canvas.size, scene.world.seed
        # Row 0 is what is no parcel: roofs.
        table = np.column_stack([look.wave * 2 * np.pi, look.rows, look.grain, look.mottle])
        self._look = np.vstack([[0, 0, 0, 2.0, 1.0], table]).astype(np.float32).T.copy()
        self._x = (canvas.left + (np.arange(size) + 0.5) * PIXEL).astype(np.float32)
        self._y = (canvas.top - (np.arange(size) + 0.5) * PIXEL).astype(np.float32)
        column, row = round(canvas.left / PIXEL), round((plan.HEIGHT - canvas.top) / PIXEL)
        self._columns = (column + np.arange(size)) % noise.SIZE
        self._rows = (row + np.arange(size)) % noise.SIZE
        self._fine, self._middle = noise.texture(seed, 1, 4), noise.texture(seed, 5, 60)
        self._slow = noise.coarse(seed, canvas.left, canvas.top, size * PIXEL, size)

    def strip(self, numbers: npt.NDArray[np.int32], top: int) -> noise.Grid:
        """Return the texture of a strip of rows from `top` on."""
        wave_x, wave_y, rows, grain, mottle = (values[numbers] for values in self._look)
        band = slice(top, top + len(numbers))
        fine = self._fine[self._rows[band]][:, self._columns]
        middle = self._middle[self._rows[band]][:, self._columns]
        wave_x *= self._x
        wave_y *= self._y[band, None]
        wave_x += wave_y
        stripes = np.sin(wave_x, out=wave_x)
        stripes *= rows * (1 + np.float32(0.35) * middle)
        return np.asarray(stripes + fine * grain + (middle * np.float32(0.6) + self._slow[band] * np.float32(0.8)) * mottle)
