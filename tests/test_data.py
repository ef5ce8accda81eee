"""The data way: what photos() finds, skips and gives."""

import subprocess
import sys
import warnings

import keras
import numpy as np
import PIL.Image
import pytest
import skimage

from kerascolor import color, data
from kerascolor.models import Autoencoder


def test_batches_have_the_shapes_and_ranges_of_the_models(photo_folder):
    for color_space, channels in color.TARGET_CHANNELS.items():
        dataset = data.photos(photo_folder, 32, 4, color_space, training=True, split="all")
        luminance, target = next(iter(dataset))
        assert luminance.shape == (4, 32, 32, 1)
        assert target.shape == (4, 32, 32, channels)
        assert np.min(luminance) >= 0 and np.max(luminance) <= 1.0001
        assert np.abs(target).max() <= 1


def test_every_format_is_read_and_subfolders_too(photo_folder):
    found = data.find_photos(photo_folder)
    assert {path.suffix for path in found} == {".jpg", ".png", ".webp", ".bmp"}
    assert any(path.parent != photo_folder for path in found)
    batches = data.photos(photo_folder, 32, 3, "rgb", training=False, split="all")
    squares = [data.resize(data.centre_square(data.read(path)), 32) for path in found]
    given = 255 * np.concatenate([rgb for _, rgb in batches])
    np.testing.assert_allclose(given, np.stack(squares), atol=1.01)


def test_the_split_is_the_same_wherever_the_folder_lies(tmp_path):
    for index in range(200):
        (tmp_path / f"{index}.jpg").touch()
    training = {path.name for path in data.find_photos(tmp_path, "train")}
    validation = {path.name for path in data.find_photos(tmp_path, "val")}
    assert not training & validation
    assert len(training | validation) == 200
    assert 20 <= len(validation) <= 60
    moved = tmp_path / "moved"
    moved.mkdir()
    for path in tmp_path.glob("*.jpg"):
        path.rename(moved / path.name)
    assert {path.name for path in data.find_photos(moved, "val")} == validation


def test_a_manifest_decides_the_split(photo_folder):
    names = [p.relative_to(photo_folder).as_posix() for p in data.find_photos(photo_folder)]
    splits = ["val", "val", "outside", *["train"] * (len(names) - 3)]
    rows = [",".join(row) for row in zip(names, splits, strict=True)]
    (photo_folder / "manifest.csv").write_text("\n".join(["file,split", *rows]))
    assert len(data.find_photos(photo_folder, "val")) == 2
    assert len(data.find_photos(photo_folder, "train")) == len(names) - 3
    assert [p.name for p in data.find_photos(photo_folder, "outside")] == names[2:3]
    with pytest.raises(ValueError, match="'else' is unknown: use train, val, all, outside"):
        data.find_photos(photo_folder, "else")


def test_a_manifest_without_its_columns_is_refused(photo_folder):
    (photo_folder / "manifest.csv").write_text("name,kind\n")
    with pytest.raises(ValueError, match="lacks the columns file and split"):
        data.find_photos(photo_folder, "val")


def test_training_varies_and_a_seed_repeats_it(photo_folder):
    def luminances(seed=None):
        if seed is not None:
            keras.utils.set_random_seed(seed)
        dataset = data.photos(photo_folder, 32, 4, split="all").apply(data.degrade(0.5))
        # Twice through the photos.
        return np.concatenate([luminance for luminance, _ in dataset.repeat(2)])

    first = luminances(0)
    np.testing.assert_array_equal(first, luminances(0))
    for other in (luminances(), luminances(1)):
        assert np.abs(first - other).max() > 0.1


def test_validation_is_the_same_without_any_seed(photo_folder):
    keras.utils.set_random_seed(0)
    first = list(data.photos(photo_folder, 32, 4, training=False, split="all"))
    keras.utils.set_random_seed(1)
    again = list(data.photos(photo_folder, 32, 4, training=False, split="all"))
    for one, other in zip(first, again, strict=True):
        np.testing.assert_array_equal(one[0], other[0])
        np.testing.assert_array_equal(one[1], other[1])


def test_each_epoch_has_crops_of_its_own(photo_folder):
    dataset = data.photos(photo_folder, 32, 4, split="all")
    first, second = ([np.asarray(x) for x, _ in dataset] for _ in range(2))
    assert np.abs(np.concatenate(first) - np.concatenate(second)).max() > 0.1


def test_degradation_changes_the_luminance_alone(photo_folder):
    clean = data.photos(photo_folder, 32, 4, training=False, split="all")
    degraded = clean.apply(data.degrade(1.0))
    assert int(degraded.cardinality()) == 2
    for before, after in zip(clean, degraded, strict=True):
        np.testing.assert_array_equal(before[1], after[1])
        change = np.abs(np.asarray(before[0]) - after[0]).max(axis=(1, 2, 3))
        assert (change > 0.01).all()
    for luminance, untouched in zip(clean, clean.apply(data.degrade(0.0)), strict=True):
        np.testing.assert_array_equal(luminance[0], untouched[0])
    with pytest.raises(ValueError, match="share is 1.5: give a number from 0 to 1"):
        data.degrade(1.5)


def test_validation_is_the_centre_square_of_each_photo(tmp_path):
    pixels = np.zeros((40, 80, 3), np.uint8)
    pixels[:, 20:60] = 255
    skimage.io.imsave(tmp_path / "wide.png", pixels, check_contrast=False)
    luminance, _ = next(iter(data.photos(tmp_path, 32, 1, training=False, split="all")))
    np.testing.assert_allclose(luminance, 1.0, atol=1e-3)


def test_photos_are_upright_and_resized_as_well_as_by_opencv(tmp_path):
    photo = PIL.Image.fromarray(skimage.data.astronaut()).resize((150, 200))
    for orientation in range(1, 9):
        exif = PIL.Image.Exif()
        exif[0x112] = orientation
        photo.save(tmp_path / f"{orientation}.jpg", exif=exif, quality=95)
        # The same in the other order of bytes.
        little = b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0%c\0\0\0\0\0\0\0"
        photo.save(tmp_path / f"{orientation}-little.jpg", exif=little % orientation, quality=95)
    photo.save(tmp_path / "none.png")
    for size in (100, 180, 96):
        batch = data.photos(tmp_path, size, 17, "rgb", training=False, split="all")
        squares = [
            data.resize(data.centre_square(data.read(path)), size)
            for path in data.find_photos(tmp_path)
        ]
        error = 255 * np.asarray(next(iter(batch))[1]) - np.stack(squares)
        # Two bicubic kernels differ where a photo is enlarged.
        assert np.abs(error).max() <= (1.01 if size < 150 else 40)
        assert np.sqrt(np.mean(error**2)) <= (0.1 if size < 150 else 4)


@pytest.mark.parametrize("content", ["no photo", ""])
def test_a_photo_that_cannot_be_decoded_is_skipped_and_named(photo_folder, content):
    (photo_folder / "broken.jpg").write_text(content)
    good = len(data.find_photos(photo_folder)) - 1
    with pytest.warns(UserWarning, match=r"broken\.jpg can't be decoded.*1 so far"):
        batches = list(data.photos(photo_folder, 32, 2, training=False, split="all"))
    assert sum(len(luminance) for luminance, _ in batches) == good
    for path in data.find_photos(photo_folder):
        path.write_text(content)
    with pytest.warns(UserWarning), pytest.raises(FileNotFoundError, match="none of its photos"):
        data.photos(photo_folder, 32, 2, training=False, split="all")


@pytest.mark.parametrize("training", [True, False])
def test_another_photo_stands_in_for_one_that_is_damaged_inside(photo_folder, training):
    path = next(path for path in data.find_photos(photo_folder) if path.suffix == ".png")
    path.write_bytes(path.read_bytes()[:2000])
    dataset = data.photos(photo_folder, 32, 2, training=training, split="all")
    assert int(dataset.cardinality()) == 4
    assert sum(len(luminance) for luminance, _ in dataset) == 8


def test_fit_knows_how_many_steps_there_are_and_warns_of_nothing(photo_folder):
    model = Autoencoder(widths=(4, 4))
    model.compile()
    photos = data.photos(photo_folder, 32, 2, "rgb", split="all")
    with warnings.catch_warnings():
        warnings.filterwarnings("error", category=UserWarning)
        history = model.fit(photos, validation_data=photos, epochs=2, verbose=0)
    assert history.params["steps"] == 4


def test_a_program_may_end_while_it_reads_photos(photo_folder):
    big = skimage.transform.resize(skimage.data.astronaut(), (2000, 3000))
    skimage.io.imsave(photo_folder / "big.jpg", np.uint8(255 * big), check_contrast=False)
    script = (
        "import sys, kerascolor.data\n"
        "photos = kerascolor.data.photos(sys.argv[1], 64, 8, split='all').repeat()\n"
        "it = iter(photos)\n"
        "next(it)\n"
    )
    done = subprocess.run([sys.executable, "-c", script, str(photo_folder)], capture_output=True)
    assert done.returncode == 0, done.stderr


def test_a_missing_or_empty_folder_is_a_clear_error(tmp_path):
    with pytest.raises(FileNotFoundError, match="nowhere is not a folder"):
        data.photos(tmp_path / "nowhere")
    with pytest.raises(FileNotFoundError, match="has no photos"):
        data.photos(tmp_path)
    with pytest.raises(ValueError, match="color_space 'hsv' is unknown"):
        data.photos(tmp_path, color_space="hsv")
