"""The data way: what photos() finds, skips and gives."""

import numpy as np
import pytest
import skimage

from kerascolor import color, data


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
    batches = data.photos(photo_folder, 32, 3, training=False, split="all")
    assert sum(len(luminance) for luminance, _ in batches) == len(found)


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
    def luminances(seed):
        dataset = data.photos(photo_folder, 32, 4, split="all", degrade=0.5, seed=seed)
        return np.concatenate([luminance for luminance, _ in dataset])

    first = luminances(0)
    np.testing.assert_array_equal(first, luminances(0))
    assert np.abs(first - luminances(1)).max() > 0.1


def test_each_epoch_has_crops_of_its_own(photo_folder):
    dataset = data.photos(photo_folder, 32, 4, split="all")
    first, second = ([np.asarray(x) for x, _ in dataset] for _ in range(2))
    assert np.abs(np.concatenate(first) - np.concatenate(second)).max() > 0.1


def test_degradation_changes_the_luminance_alone(photo_folder):
    clean = next(iter(data.photos(photo_folder, 32, 4, split="all")))
    degraded = next(iter(data.photos(photo_folder, 32, 4, split="all", degrade=1.0)))
    np.testing.assert_array_equal(clean[1], degraded[1])
    change = np.abs(np.asarray(clean[0]) - degraded[0]).max(axis=(1, 2, 3))
    assert (change > 0.01).all()


def test_validation_is_the_centre_square_of_each_photo(tmp_path):
    pixels = np.zeros((40, 80, 3), np.uint8)
    pixels[:, 20:60] = 255
    skimage.io.imsave(tmp_path / "wide.png", pixels, check_contrast=False)
    luminance, _ = next(iter(data.photos(tmp_path, 32, 1, training=False, split="all")))
    np.testing.assert_allclose(luminance, 1.0, atol=1e-3)


@pytest.mark.parametrize("content", ["no photo", ""])
def test_a_photo_that_cannot_be_decoded_is_skipped_and_named(photo_folder, content):
    (photo_folder / "broken.jpg").write_text(content)
    good = len(data.find_photos(photo_folder)) - 1
    with pytest.warns(UserWarning, match=r"broken\.jpg can't be decoded.*1 so far"):
        batches = list(data.photos(photo_folder, 32, 2, training=False, split="all"))
    assert sum(len(luminance) for luminance, _ in batches) == good


def test_a_missing_or_empty_folder_is_a_clear_error(tmp_path):
    with pytest.raises(FileNotFoundError, match="nowhere is not a folder"):
        data.photos(tmp_path / "nowhere")
    with pytest.raises(FileNotFoundError, match="has no photos"):
        data.photos(tmp_path)
    with pytest.raises(ValueError, match="color_space 'hsv' is unknown"):
        data.photos(tmp_path, color_space="hsv")
