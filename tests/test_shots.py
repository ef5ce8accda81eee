"""Where one shot of a film ends, and the figures of steadiness."""

import numpy as np
import pytest
import skimage
from test_video import SIZE, moving

import kerascolor
from kerascolor.evaluation import temporal
from kerascolor.runtime import shots


def test_shots():
    first, second = moving(10), moving(10, "coffee")
    flash = [np.full(SIZE, 255, np.uint8)] * 2
    fade = [(frame * (1 - n / 10)).astype(np.uint8) for n, frame in enumerate(first)]
    films = {
        (10, 10): first + second,
        (22,): first[:10] + flash + first[:10],
        (20,): first[::-1] + fade,
    }
    for lengths, frames in films.items():
        found = shots.split(frames, lambda frame: frame / np.float32(255))
        assert tuple(len(list(shot)) for shot in found) == lengths


def test_a_cut_resets_the_memory():
    first, second = moving(8), moving(8, "coffee")
    alone = list(kerascolor.VideoColorizer()(second))
    after = list(kerascolor.VideoColorizer()(first + second))[8:]
    assert all(np.array_equal(a, b) for a, b in zip(alone, after, strict=True))


def test_figures_of_steadiness():
    still = [skimage.data.astronaut()[:128, :128]] * 5
    assert temporal.warp_error(still, still) == pytest.approx(0, abs=1e-5)
    assert temporal.color_distribution_consistency(still, 1) == 0
    flicker = [frame if n % 2 else frame // 2 for n, frame in enumerate(still)]
    assert temporal.warp_error(flicker, still) > 1
    assert temporal.color_distribution_consistency(flicker, 1) > 0.1
    assert temporal.color_distribution_consistency(flicker, 2) == 0
