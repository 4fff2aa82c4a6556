"""What grain the ground has: periodic textures, the same at the same place whatever the sheet."""

from functools import cache

import numpy as np
import numpy.typing as npt
from PIL import Image

type Grid = npt.NDArray[np.float32]

SIZE = 2048
_COARSE_METRES = 8.0


@cache
def texture(seed: int, shortest: float, longest: float) -> Grid:
    """Return a SIZE² texture of mean 0 and deviation 1 with waves of `shortest` to `longest` pixels.

    It repeats without a seam, because it is made of whole waves.
    """
    rng = np.random.default_rng([seed, int(shortest * 10), int(longest * 10)])
    spectrum = np.fft.rfft2(rng.standard_normal((SIZE, SIZE), dtype=np.float32))
    wave = np.hypot(np.fft.fftfreq(SIZE)[:, None], np.fft.rfftfreq(SIZE)[None, :])
    wave[0, 0] = 1
    weight = np.where((wave > 1 / longest) & (wave < 1 / shortest), 1 / wave, 0)
    field = np.fft.irfft2(spectrum * weight, s=(SIZE, SIZE))
    return (field / field.std()).astype(np.float32)


def coarse(seed: int, left: float, top: float, metres: float, size: int) -> Grid:
    """Return slow variation (60 to 800 m) over a square of the plan; never repeats in the plan."""
    field = Image.fromarray(texture(seed, 8, 100)[:1024, :1024])
    origin = 100.0  # pixels west and north of the plan's corner, for windows that reach out of it
    box = (
        origin + left / _COARSE_METRES,
        origin + (6000 - top) / _COARSE_METRES,
        origin + (left + metres) / _COARSE_METRES,
        origin + (6000 - top + metres) / _COARSE_METRES,
    )
    resized = field.resize((size, size), Image.Resampling.BILINEAR, box=box)
    return np.asarray(resized, dtype=np.float32)
