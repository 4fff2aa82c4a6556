"""Made-up parcels: a coverage of warped cells whose neighbours share every vertex of their common border."""

import numpy as np
import shapely

BENDS = 12


def lattice(seed, side, step, corner=(116.8, 38.2)):
    """Return side × side polygons in degrees, row by row from `corner`, each about `step` wide."""
    rng = np.random.default_rng(seed)
    nodes = np.stack(np.meshgrid(np.arange(side + 1.0), np.arange(side + 1.0)), axis=-1) + rng.uniform(-0.2, 0.2, (side + 1, side + 1, 2))

    def edge(start, end):
        share = np.linspace(0, 1, BENDS + 2)[:, None]
        across = np.array([end[1] - start[1], start[0] - end[0]])
        wave = np.concatenate([[0], rng.uniform(-0.02, 0.02, BENDS), [0]])[:, None]
        return start + (end - start) * share + across * wave

    level = [[edge(nodes[r, c], nodes[r, c + 1]) for c in range(side)] for r in range(side + 1)]
    upright = [[edge(nodes[r, c], nodes[r + 1, c]) for c in range(side + 1)] for r in range(side)]
    made = []
    for r in range(side):
        for c in range(side):
            ring = [level[r][c][:-1], upright[r][c + 1][:-1], level[r + 1][c][:0:-1], upright[r][c][::-1]]
            made.append(shapely.Polygon(np.round(np.concatenate(ring) * step + corner, 9)))
    return np.array(made)
