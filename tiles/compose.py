"""How drawn layers become one picture: masked, laid on top of each other, encoded."""

import io
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
import numpy.typing as npt
from PIL import Image

Format = Literal["png", "png8", "jpeg", "webp"]
type Pixels = npt.NDArray[np.float32]

_WEBP = {"quality": 85, "method": 1}
"""Method 1 takes a third of the time of the default 4 and a tenth more bytes."""


class Canvas(Protocol):
    """What of a query decides the finished picture."""

    @property
    def width(self) -> int:
        """Pixels across."""

    @property
    def height(self) -> int:
        """Pixels down."""

    @property
    def transparent(self) -> bool:
        """Whether the ground shows through."""

    @property
    def background(self) -> tuple[int, int, int]:
        """Colour of the ground where it does not."""

    @property
    def format(self) -> Format:
        """Encoding."""


@dataclass(frozen=True, slots=True)
class Layer:
    """A drawn layer: a PNG with alpha, what of it is kept (255) or not, and how it is laid on."""

    picture: bytes
    alpha: npt.NDArray[np.uint8] | None
    blend: str = "normal"


def encode(canvas: Canvas, layers: Iterable[Layer]) -> bytes:
    """Lay the layers on the ground, bottom first, and write the picture."""
    whole = _ground(canvas)
    for layer in layers:
        drawn = Image.open(io.BytesIO(layer.picture)).convert("RGBA")
        if layer.alpha is not None:
            pixels = np.array(drawn)
            pixels[layer.alpha == 0] = 0
            drawn = Image.fromarray(pixels)
        whole = _multiplied(whole, drawn) if layer.blend == "multiply" else Image.alpha_composite(whole, drawn)
    return _written(whole, canvas)


def blank(canvas: Canvas) -> bytes:
    """Write the ground alone."""
    return _written(_ground(canvas), canvas)


def _ground(canvas: Canvas) -> Image.Image:
    colour = (*canvas.background, 0) if canvas.transparent else (*canvas.background, 255)
    return Image.new("RGBA", (canvas.width, canvas.height), colour)


def _multiplied(below: Image.Image, above: Image.Image) -> Image.Image:
    """Multiply colours where both are, W3C Compositing 1 §9."""
    low: Pixels = np.asarray(below).astype(np.float32) / np.float32(255)
    high: Pixels = np.asarray(above).astype(np.float32) / np.float32(255)
    low_alpha, high_alpha = low[..., 3:], high[..., 3:]
    alpha = low_alpha + high_alpha * (1 - low_alpha)
    blended = (
        high[..., :3] * high_alpha * (1 - low_alpha)
        + low[..., :3] * low_alpha * (1 - high_alpha)
        + low[..., :3] * high[..., :3] * low_alpha * high_alpha
    )
    colour = np.divide(blended, alpha, out=np.zeros_like(blended), where=alpha > 0)
    return Image.fromarray((np.concatenate([colour, alpha], axis=-1) * 255 + 0.5).astype(np.uint8))


def _written(whole: Image.Image, canvas: Canvas) -> bytes:
    file = io.BytesIO()
    if canvas.format == "jpeg":
        whole.convert("RGB").save(file, "JPEG", quality=85)
    elif canvas.format == "webp":
        (whole if canvas.transparent else whole.convert("RGB")).save(file, "WEBP", **_WEBP)
    elif canvas.format == "png8":
        method = Image.Quantize.FASTOCTREE
        whole.quantize(256, method=method, dither=Image.Dither.NONE).save(file, "PNG", compress_level=3)
    else:
        (whole if canvas.transparent else whole.convert("RGB")).save(file, "PNG", compress_level=3)
    return file.getvalue()
