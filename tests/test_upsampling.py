"""The study of ways from a model's grid to a photo's size."""

import numpy as np
import PIL.Image
import pytest
import skimage

from tools.studies import upsampling

PHOTO = skimage.data.astronaut()[::2, ::2]


def test_chroma_of_the_photos_own_size_gives_the_photo_back():
    size = len(PHOTO)
    figures = upsampling.measure(PHOTO, size, size)
    for name in ("bilinear", "bicubic", "following"):
        psnr, ciede2000, *_ = figures[name]
        assert psnr > 45 and ciede2000 < 0.5
    assert figures["grey"][0] < 30


def test_every_way_is_better_than_grey_and_worse_from_a_smaller_grid():
    small, large = (upsampling.measure(PHOTO, grid, grid) for grid in (16, 64))
    assert list(small) == list(upsampling.WAYS)
    for name in set(upsampling.WAYS) - {"grey"}:
        assert small["grey"][0] + 3 < small[name][0] < large[name][0]
        assert small["grey"][1] > small[name][1] > large[name][1]


def test_small_and_grey_photos_are_left_out(tmp_path):
    PIL.Image.fromarray(PHOTO[:40, :40]).save(tmp_path / "small.png")
    PIL.Image.fromarray(PHOTO[..., 0]).save(tmp_path / "grey.png")
    with pytest.raises(ValueError, match="no photo in colour that is larger than the grid"):
        upsampling.measure_all(tmp_path, 64, 64)
    PIL.Image.fromarray(PHOTO).save(tmp_path / "colour.png")
    figures, count = upsampling.measure_all(tmp_path, 64, 64)
    assert count == 1
    np.testing.assert_allclose(
        figures["bilinear"][:3], upsampling.measure(PHOTO, 64, 64)["bilinear"][:3]
    )
