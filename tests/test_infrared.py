"""Infrared pictures to visible ones: the runtime, the command, films and exports."""

import cv2
import numpy as np
import PIL.Image
import pytest
import skimage
import tensorflow as tf
from conftest import write_tflite

import kerascolor
from kerascolor import export, photo, presets
from kerascolor.batch import marks
from kerascolor.commands.main import main
from kerascolor.models import UNet
from kerascolor.runtime import prepare, render
from tools.studies import infrared as study

INFRARED = skimage.color.rgb2gray(skimage.data.astronaut())
INFRARED = np.rint(255 * INFRARED).astype(np.uint8)
SMALL = cv2.resize(INFRARED, (64, 64), interpolation=cv2.INTER_AREA)
# Of the toy model's light, what each channel gets.
TINT = np.array([1.0, 0.9, 0.6])


@pytest.fixture(scope="module")
def negative(tmp_path_factory):
    """A model of infrared whose answer is known: light where the picture is dark, and warm."""

    def colorize(luminance):
        return {"rgb": (1 - luminance) * tf.constant(TINT, tf.float32)}

    path = tmp_path_factory.mktemp("negative") / "negative.tflite"
    return write_tflite(path, colorize, ["luminance"], color_space="visible", temperature=None)


def wanted(grey):
    return (255 - np.float64(grey))[..., None] * TINT


def test_the_brightness_is_the_models(negative):
    result = kerascolor.load(negative)(SMALL)
    assert result.dtype == np.uint8
    assert np.abs(result - wanted(SMALL)).max() <= 3


def test_detail_at_full_size_follows_the_picture_as_the_prediction_does(negative, monkeypatch):
    colorizer = kerascolor.load(negative)
    error = np.abs(colorizer(INFRARED) - wanted(INFRARED)).mean()
    monkeypatch.setattr(render, "DETAIL", 0.0)
    assert error < 0.4 * np.abs(colorizer(INFRARED) - wanted(INFRARED)).mean()


@pytest.mark.parametrize("shape", [(70, 300), (300, 70), (37, 41), (900, 800)])
def test_any_size_is_taken(negative, shape):
    grey = cv2.resize(INFRARED, shape[::-1], interpolation=cv2.INTER_AREA)
    result = kerascolor.load(negative)(grey)
    assert result.shape == (*shape, 3)
    assert np.abs(result - wanted(grey)).mean() < 12


def test_few_levels_of_16_bits_are_stretched(negative):
    counts = (7000 + 2 * SMALL.astype(np.uint16)).astype(np.uint16)
    result = kerascolor.load(negative)(counts)
    assert result.dtype == np.uint16
    assert np.ptp(result) > 0.5 * 65535
    assert np.corrcoef(result[..., 0].ravel(), SMALL.ravel())[0, 1] < -0.98
    blank = kerascolor.load(negative)(np.full((64, 64), 7000, np.uint16))
    assert np.ptp(blank, axis=(0, 1)).max() == 0


def test_a_radiometric_tiff_becomes_one_of_16_bits(negative, tmp_path):
    counts = 7000 + 2 * SMALL.astype(np.uint16)
    PIL.Image.fromarray(counts).save(tmp_path / "heat.tif")
    arguments = [tmp_path / "heat.tif", "--output", tmp_path / "visible.tif", "--model", negative]
    assert main(["colorize", *map(str, arguments)]) == 0
    result = photo.read(tmp_path / "visible.tif").pixels
    assert result.dtype == np.uint16
    assert np.abs(result / 257 - kerascolor.load(negative)(counts) / 257).max() < 1


def colorize(folder, output, model, *more):
    arguments = [folder, "--output", output, "--model", model, *more]
    return main(["colorize", *map(str, arguments), "--workers", "1"])


@pytest.mark.parametrize(
    "palette", [cv2.COLORMAP_INFERNO, cv2.COLORMAP_JET, cv2.COLORMAP_HOT, cv2.COLORMAP_RAINBOW]
)
def test_false_colors_are_told_in_one_line(negative, tmp_path, capsys, palette):
    scenes = tmp_path / "scenes"
    scenes.mkdir()
    colors = cv2.cvtColor(cv2.applyColorMap(SMALL, palette), cv2.COLOR_BGR2RGB)
    PIL.Image.fromarray(colors).save(scenes / "palette.png")
    assert colorize(scenes, tmp_path / "visible", negative) == 0
    *_, line = capsys.readouterr().out.splitlines()
    assert "1 colorized (1 in false colours, such as iron or rainbow, which mislead" in line


def test_grey_and_a_single_tint_are_no_false_colors(negative, tmp_path, capsys):
    scenes = tmp_path / "scenes"
    scenes.mkdir()
    PIL.Image.fromarray(SMALL).save(scenes / "grey.png")
    pink = SMALL[..., None] * np.array([1.0, 0.75, 0.9])
    PIL.Image.fromarray(np.rint(pink).astype(np.uint8)).save(scenes / "pink.png")
    assert colorize(scenes, tmp_path / "visible", negative) == 0
    output = capsys.readouterr().out
    assert "2 colorized" in output and "false" not in output


def test_results_say_that_they_are_no_measurement(negative, tmp_path):
    PIL.Image.fromarray(SMALL).save(tmp_path / "a.png")
    assert colorize(tmp_path / "a.png", tmp_path / "b.jpg", negative) == 0
    assert marks.read(tmp_path / "b.jpg")["view"] == "plausible, not measured"
    with PIL.Image.open(tmp_path / "b.jpg") as picture:
        assert "a plausible, not measured view by negative" in picture.getexif()[marks.SOFTWARE]


def test_a_jpeg_file_has_the_same_pixels_as_others(negative, tmp_path):
    large = cv2.resize(INFRARED, (800, 800), interpolation=cv2.INTER_CUBIC)
    PIL.Image.fromarray(large).save(tmp_path / "a.png")
    for name in ("b.jpg", "b.png"):
        assert colorize(tmp_path / "a.png", tmp_path / name, negative) == 0
    jpeg, png = (np.int32(photo.read(tmp_path / name).pixels) for name in ("b.jpg", "b.png"))
    assert np.abs(jpeg - png).mean() < 3


def test_a_comparison_shows_the_infrared_as_it_is(negative, tmp_path):
    counts = 7000 + 2 * SMALL.astype(np.uint16)
    PIL.Image.fromarray(counts).save(tmp_path / "a.tif")
    assert colorize(tmp_path / "a.tif", tmp_path / "b.tif", negative, "--compare") == 0
    sheet = photo.read(tmp_path / "b-compare.tif").pixels
    left, right = sheet[:, :64], sheet[:, -64:]
    assert np.corrcoef(left[..., 0].ravel(), SMALL.ravel())[0, 1] > 0.98
    assert np.corrcoef(right[..., 0].ravel(), SMALL.ravel())[0, 1] < -0.98
    assert np.ptp(left) > 128


@pytest.mark.parametrize("pixels", ["yuv420p", "yuv420p10le"])
def test_films_get_the_brightness_too(negative, tmp_path, pixels):
    pytest.importorskip("av")
    from test_video import luma, moving, read_film, write_film

    frames = moving(5)
    deep = 4 if "10" in pixels else 1
    kind = np.uint16 if "10" in pixels else np.uint8
    levels = [np.rint(16 + 219 / 255 * frame).astype(kind) * deep for frame in frames]
    film = write_film(tmp_path / "a.mkv", levels, pixels=pixels)
    output = tmp_path / "b.mkv"
    arguments = [film, "--output", output, "--model", negative, "--codec", "ffv1"]
    assert main(["video", *map(str, arguments)]) == 0
    results, _ = read_film(output)
    assert len(results) == 5
    for result, frame in zip(results, frames, strict=True):
        found = (luma(result) / deep - 16) * 255 / 219
        expected = wanted(frame) @ [0.299, 0.587, 0.114]
        assert np.abs(found - expected).mean() < 12
    made = list(kerascolor.VideoColorizer(negative)(frames))
    assert np.abs(made[0] - wanted(frames[0])).mean() < 12


def test_full_contrast_leaves_what_has_it():
    np.testing.assert_array_equal(prepare.full_contrast(SMALL), SMALL)
    np.testing.assert_array_equal(prepare.full_contrast(np.dstack([SMALL] * 3)), SMALL)
    faint = (100 + SMALL // 4).astype(np.uint8)
    assert np.ptp(prepare.full_contrast(faint)) > 220


@pytest.fixture(scope="module")
def unet():
    model = UNet(encoder=None, widths=(4, 8), color_space="visible")
    head = model.get_layer("rgb")
    head.bias.assign([1.0, 0.0, -1.0])
    return model


def test_a_file_tells_that_it_takes_infrared(unet, pair_folder, tmp_path):
    path = tmp_path / "unet.tflite"
    export.tflite(unet, path, image_size=32, options=export.Options(pair_folder))
    description = presets.describe(path)
    assert description["color_space"] == "visible"
    # The pairs that are not for training.
    assert description["proof"]["photos"] == 2
    card = path.with_suffix(".md").read_text()
    assert "plausible view in visible light, not a measurement" in card
    assert "grey levels of the infrared picture" in card
    colorizer = kerascolor.load(path)
    assert colorizer.takes_infrared
    rgb = 255 / (1 + np.exp([-1.0, 0.0, 1.0]))
    np.testing.assert_allclose(colorizer(SMALL).mean(axis=(0, 1)), rgb, atol=1)


def test_a_saved_model_gives_whole_photos(unet, tmp_path):
    export.saved_model(unet, tmp_path / "served", 32)
    serve = tf.saved_model.load(tmp_path / "served").signatures["photos"]
    photos = serve(photos=tf.zeros((1, 40, 50, 1), tf.uint8))["photos"]
    assert photos.shape == (1, 40, 50, 3)
    np.testing.assert_allclose(photos[0, 0, 0], 255 / (1 + np.exp([-1.0, 0.0, 1.0])), atol=1)


def test_the_study_measures_folders_and_bands_apart(negative, pair_folder, tmp_path):
    groups = study.read([pair_folder], 64)
    assert {label: len(pairs) for label, pairs in groups.items()} == {
        "pairs, near infrared": 1,
        "pairs, thermal": 1,
    }
    figures = study.measure(groups, [str(negative)])
    head, *rows = study.table(figures)
    assert head[:2] == ["pairs", "view"] and len(head) == 6
    assert [row[:2] for row in rows] == [
        [f"pairs, {band} (1)", view]
        for band in ("near infrared", "thermal")
        for view in ("the infrared as it is", "`negative.tflite`")
    ]
    # The fixture's infrared is the green of the photo, which the negative is far from.
    assert float(rows[0][2]) > float(rows[1][2])
    chosen = study.choose(groups, figures, "negative.tflite", 1, 4)
    assert [label for label, *_ in chosen] == list(groups)
    strip = study.strip(kerascolor.load(negative), *groups["pairs, thermal"][0][1:], draws=0)
    assert strip.shape == (64, 3 * 64, 3)
