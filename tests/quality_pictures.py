"""Hand-made pictures of skin with bars for hairs, whose faults are known."""

import cv2
import numpy as np

SHAPE = (480, 640)
UM_PER_PX = 10.0
NOTHING = np.zeros(SHAPE, dtype=bool)


def bars(*, level=150.0, hair=40.0, angles=(20.0, 65.0, 110.0), seed=0):
    """Bars of 70 um on flat skin, 800 um long, on a lattice of 0.8 mm, in float grey levels at 10 um/px."""
    fine = np.full((4 * SHAPE[0], 4 * SHAPE[1]), level, np.float32)
    rng = np.random.default_rng(seed)
    for row in range(160, fine.shape[0], 320):
        for col in range(160, fine.shape[1], 320):
            angle = np.deg2rad(rng.choice(angles))
            step = 160 * np.array([np.cos(angle), np.sin(angle)])
            ends = [(int(col + way * step[0]), int(row + way * step[1])) for way in (-1, 1)]
            cv2.line(fine, ends[0], ends[1], hair, 28, cv2.LINE_AA)
    return cv2.resize(fine, SHAPE[::-1], interpolation=cv2.INTER_AREA)


def pixels_of(grey, *, noise=1.0, seed=1):
    """(H, W, 3) uint8 of grey levels with a sensor's noise."""
    noisy = grey + np.random.default_rng(seed).normal(0, noise, grey.shape)
    return np.repeat(np.clip(np.rint(noisy), 0, 255).astype(np.uint8)[..., None], 3, axis=2)
