"""Registered pairs of pictures, and made-up ones, as what models of infrared learn from."""

import keras
import numpy as np
import PIL.Image
import pytest
import skimage

from kerascolor import data


def levels(dataset):
    """All batches of a dataset as two arrays."""
    batches = zip(*dataset, strict=True)
    return [np.concatenate([np.asarray(tensor) for tensor in tensors]) for tensors in batches]


def test_validation_is_whole_and_squeezed_into_a_square(pair_folder):
    infrared, visible = levels(data.pairs(pair_folder, 32, 2, training=False))
    assert infrared.shape == (2, 32, 32, 1) and visible.shape == (2, 32, 32, 3)
    with PIL.Image.open(pair_folder / "4_vis.png") as picture:
        wanted = np.asarray(picture.resize((32, 32), PIL.Image.Resampling.BOX)) / 255
    assert np.abs(visible[0] - wanted).mean() < 0.01
    # The infrared of the fixture is the green channel.
    np.testing.assert_allclose(infrared, visible[..., 1:2], atol=0.01)


def test_training_crops_and_flips_both_alike_and_varies_the_infrared(pair_folder):
    keras.utils.set_random_seed(0)
    infrared, visible = levels(data.pairs(pair_folder, 32, 2))
    assert len(infrared) == 4
    green = visible[..., 1]
    for one, other in zip(infrared[..., 0], green, strict=True):
        assert abs(np.corrcoef(one.ravel(), other.ravel())[0, 1]) > 0.8
        assert np.abs(one - other).max() > 0.02
    keras.utils.set_random_seed(0)
    again = levels(data.pairs(pair_folder, 32, 2))
    np.testing.assert_array_equal(again[0], infrared)
    keras.utils.set_random_seed(1)
    assert np.abs(levels(data.pairs(pair_folder, 32, 2))[1] - visible).max() > 0.1


def test_thermal_pictures_alone_are_inverted_now_and_then(pair_folder):
    keras.utils.set_random_seed(0)
    for band, most_inverted in (("thermal", 0.3), ("nir", 0.0)):
        dataset = data.pairs(pair_folder, 16, 2, band=band).repeat(40)
        inverted = [
            np.corrcoef(one.ravel(), other[..., 1].ravel())[0, 1] < 0
            for one, other in zip(*levels(dataset), strict=True)
        ]
        assert len(inverted) == 80
        assert (0.01 if most_inverted else 0) <= np.mean(inverted) <= most_inverted


def test_pairs_of_several_folders_and_of_one_band(pair_folder):
    assert len(data.find_pairs([pair_folder, pair_folder])) == 12
    assert len(data.find_pairs(pair_folder, training=True)) == 4
    found = data.find_pairs(pair_folder, band="nir")
    assert {pair.band for pair in found} == {"nir"}
    assert all(pair.visible.is_file() and pair.infrared.is_file() for pair in found)


def test_infrared_of_another_size_is_brought_to_the_visible_one(pair_folder):
    for path in pair_folder.glob("*_ir.png"):
        with PIL.Image.open(path) as picture:
            small = picture.resize((60, 45))
        small.save(path)
    infrared, visible = levels(data.pairs(pair_folder, 16, 2, training=False))
    np.testing.assert_allclose(infrared, visible[..., 1:2], atol=0.1)


def test_a_picture_that_can_not_be_decoded_takes_its_pair_along(pair_folder):
    (pair_folder / "0_ir.png").write_text("no picture")
    with pytest.warns(UserWarning, match=r"0_ir\.png can't be decoded"):
        infrared, _ = levels(data.pairs(pair_folder, 16, 1))
    assert len(infrared) == 3


def test_what_is_missing_is_told(pair_folder, tmp_path):
    with pytest.raises(FileNotFoundError, match=r"manifest\.csv is missing: it names the pairs"):
        data.pairs(tmp_path / "nowhere")
    with pytest.raises(FileNotFoundError, match="there are no pairs of the split train of the ban"):
        data.pairs(pair_folder, band="ultraviolet")
    (pair_folder / "manifest.csv").write_text("file,split\n")
    with pytest.raises(ValueError, match="lacks the columns vis, ir and split"):
        data.pairs(pair_folder)


def test_made_infrared_belongs_to_its_photo_and_is_another_each_time(tmp_path):
    for index, name in enumerate(("astronaut", "coffee", "chelsea", "rocket")):
        pixels = getattr(skimage.data, name)()
        PIL.Image.fromarray(pixels).save(tmp_path / f"{index}.png")
    photos = data.photos(tmp_path, 64, 2, "rgb", training=False, split="all")
    dataset = photos.apply(data.make_infrared())
    assert int(dataset.cardinality()) == 2
    infrared, visible = levels(dataset)
    np.testing.assert_array_equal(visible, levels(photos)[1])
    assert infrared.shape == (4, 64, 64, 1)
    assert infrared.min() >= 0 and infrared.max() <= 1
    assert infrared.std(axis=(1, 2)).min() > 0.02
    assert np.abs(levels(dataset)[0] - infrared).max() > 0.1
    still = photos.apply(data.make_infrared(training=False))
    np.testing.assert_array_equal(levels(still)[0], levels(still)[0])


def test_made_infrared_shows_light_foliage_and_dark_sky(tmp_path):
    pixels = np.zeros((64, 64, 3), np.uint8)
    pixels[:32] = 60, 90, 220
    pixels[32:] = 40, 160, 50
    PIL.Image.fromarray(pixels).save(tmp_path / "a.png")
    photos = data.photos(tmp_path, 32, 1, "rgb", training=False, split="all").repeat(60)
    infrared, _ = levels(photos.apply(data.make_infrared()))
    sky, foliage = infrared[:, :12].mean(), infrared[:, 20:].mean()
    assert foliage > sky + 0.1
