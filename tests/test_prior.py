"""python -m tools.prior: how often each colour occurs."""

import numpy as np
import pytest

from kerascolor import bins
from tools import prior


def test_colours_are_split_over_bins_as_in_training():
    random = np.random.default_rng(0)
    chroma = bins.CENTERS[random.integers(0, bins.COUNT, 500)] * random.uniform(0, 1, (500, 1))
    expected = np.asarray(bins.encode(np.float32(chroma))).sum(axis=0)
    np.testing.assert_allclose(prior.encode(chroma), expected, atol=1e-3)


def test_smoothing_keeps_the_sum_and_leaves_no_bin_empty():
    counts = np.zeros(bins.COUNT)
    middle = np.flatnonzero((bins.CENTERS == 0).all(axis=-1))[0]
    counts[middle] = 3.0
    frequency = prior.smooth(counts)
    assert frequency.sum() == pytest.approx(1)
    assert frequency.argmax() == middle
    assert frequency.min() == pytest.approx(prior.RAREST)


def test_the_prior_of_photos_sums_to_1_and_a_damaged_photo_is_left_out(photo_folder):
    (photo_folder / "torn.jpg").write_bytes(b"no photo")
    frequency, count = prior.prior(photo_folder, "all")
    assert frequency.shape == (bins.COUNT,)
    assert frequency.sum() == pytest.approx(1)
    assert count == 8


def test_a_folder_without_a_readable_photo_is_an_error(tmp_path):
    (tmp_path / "torn.jpg").write_bytes(b"no photo")
    with pytest.raises(ValueError, match="none of its photos can be decoded"):
        prior.prior(tmp_path, "all")


def test_the_packages_own_prior_is_one():
    frequency = bins.prior()
    assert frequency.shape == (bins.COUNT,)
    assert frequency.sum() == pytest.approx(1, abs=1e-5)
    assert frequency.min() > 0
