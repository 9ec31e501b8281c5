"""NetworkMaps drawn by hand, as a perfect network would give them."""

from __future__ import annotations

from itertools import pairwise

import cv2
import numpy as np

from hairdensity.segmentation.maps import N_HEADINGS, NetworkMaps

SHAPE = (160, 240)
UM_PER_PX = 5.0


def drawn(*hairs, roots=True, gap=None):
    """NetworkMaps that a perfect network would give for polylines of (row, col) points, root first."""
    line, root, body = (np.zeros(SHAPE, np.float32) for _ in range(3))
    heading = np.zeros((N_HEADINGS, SHAPE[0] // 2, SHAPE[1] // 2), np.float32)
    for hair in map(np.array, hairs):
        for (row, col), (to_row, to_col) in pairwise(hair):
            cv2.line(line, (col, row), (to_col, to_row), 1.0, 1)
            cv2.line(body, (col, row), (to_col, to_row), 1.0, 9)
            bin_ = round(np.arctan2(to_row - row, to_col - col) / (2 * np.pi) * N_HEADINGS) % N_HEADINGS
            cv2.line(heading[bin_], (col // 2, row // 2), (to_col // 2, to_row // 2), 1.0, 5)
        if roots:
            root[tuple(hair[0])] = 1.0
    if gap is not None:
        line[gap] = 0
    line = cv2.GaussianBlur(line, (0, 0), 1.0)
    root = cv2.GaussianBlur(root, (0, 0), 4.0)
    coarse = heading.shape[1:]
    return NetworkMaps(
        darkness=np.full(SHAPE, 0.5, np.float32),
        contrast=np.full(SHAPE, 0.5, np.float16),
        red_contrast=np.full(SHAPE, 0.5, np.float16),
        centerline=(line / max(line.max(), 1e-6)).astype(np.float16),
        body=body.astype(np.float16),
        root=(root / max(root.max(), 1e-6)).astype(np.float16),
        heading=(heading / np.maximum(heading.sum(axis=0), 1e-6)).astype(np.float16),
        width_px=np.full(coarse, 8, np.float16),
        multiplicity=np.zeros(coarse, np.float16),
        unreadable=np.zeros(coarse, np.float16),
        px_per_map_px=1.0,
        um_per_map_px=UM_PER_PX,
    )
