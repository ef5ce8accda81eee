"""What a colorizer refuses, and how it is loaded."""

import numpy as np
import PIL.Image
import pytest
from conftest import write_tflite
from test_colorizer import GREY

import kerascolor
from kerascolor import photo, presets
from kerascolor.runtime import colorizer


@pytest.mark.parametrize(
    "picture",
    [
        np.zeros((10, 10), np.float32),
        np.zeros((10, 10, 2), np.uint8),
        np.zeros((0, 10), np.uint8),
        np.zeros((2, 10, 10, 3), np.uint8),
        np.zeros(10, np.uint8),
        7,
    ],
)
def test_what_is_no_photo_is_refused(toy, picture):
    with pytest.raises(ValueError, match=" is no "):
        toy(picture)


def test_a_file_that_is_no_photo_is_refused(toy, tmp_path):
    with pytest.raises(photo.PhotoError, match=r"none\.jpg"):
        toy(tmp_path / "none.jpg")


@pytest.mark.parametrize(
    "settings",
    [
        {"temperature": 0},
        {"temperature": -1.0},
        {"temperature": float("nan")},
        {"temperature": 1e-38},
        {"saturation": -0.1},
        {"saturation": 1e39},
        {"saturation": float("inf")},
    ],
)
def test_settings_out_of_range_are_refused(toy, settings):
    with pytest.raises(ValueError, match=next(iter(settings))):
        toy(GREY, **settings)


def test_a_model_without_temperature_takes_none(rgb_tflite):
    plain = colorizer.Colorizer(rgb_tflite)
    assert not plain.takes_temperature
    with pytest.raises(ValueError, match="plain takes no temperature"):
        plain(GREY, temperature=0.5)


def test_samples_differ_and_their_seed_decides(sampling_tflite):
    drawn = colorizer.Colorizer(sampling_tflite)
    five = drawn.sample(GREY, n=5, seed=3)
    assert len({one.tobytes() for one in five}) == 5
    for one, again in zip(five[:2], drawn.sample(GREY, n=2, seed=3), strict=True):
        np.testing.assert_array_equal(one, again)
    assert all((one != other).any() for one, other in zip(five, drawn.sample(GREY), strict=True))
    # The likeliest one, which a call gives, is the middle of all.
    np.testing.assert_array_equal(drawn(GREY), drawn.sample(GREY, 1, temperature=0)[0])
    assert drawn.sample(PIL.Image.fromarray(GREY), 1)[0].mode == "RGB"


def test_samples_need_a_model_that_draws(toy, sampling_tflite):
    with pytest.raises(ValueError, match="toy draws no samples"):
        toy.sample(GREY)
    drawn = colorizer.Colorizer(sampling_tflite)
    for settings in ({"seed": -1}, {"temperature": -1}, {"temperature": float("nan")}):
        with pytest.raises(ValueError, match=next(iter(settings))):
            drawn.sample(GREY, **settings)
    with pytest.raises(ValueError, match="saturation"):
        drawn.sample(GREY, saturation=-1)


def test_damaged_models_are_refused(tmp_path, toy_tflite):
    content = toy_tflite.read_bytes()
    archive = content.index(b"PK\x03\x04")
    path = tmp_path / "model.tflite"
    for damaged in (content[:8] + bytes(archive - 8) + content[archive:], content[archive:], b""):
        path.write_bytes(damaged)
        with pytest.raises(presets.PresetError, match=r"model\.tflite"):
            colorizer.Colorizer(path)
    with pytest.raises(presets.PresetError, match=r"none\.tflite"):
        colorizer.Colorizer(tmp_path / "none.tflite")


def test_a_model_with_another_signature_is_refused(tmp_path):
    path = tmp_path / "other.tflite"
    description = {"color_space": "lab", "temperature": None}
    write_tflite(path, lambda luminance: {"classes": luminance}, ["luminance"], **description)
    with pytest.raises(presets.PresetError, match="other.tflite.*output is .classes"):
        colorizer.Colorizer(path)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 1e30])
def test_a_model_that_answers_with_no_colors_is_told(tmp_path, value):
    import tensorflow as tf

    path = tmp_path / "bad.tflite"

    def colorize(luminance):
        # Computed, or the converter would fold it.
        return {"chroma": tf.concat([luminance, value * (luminance + 1)], axis=-1)}

    write_tflite(path, colorize, ["luminance"], color_space="lab", temperature=None)
    with pytest.raises(presets.PresetError, match=r"bad\.tflite answers with what are no colours"):
        colorizer.Colorizer(path)(GREY)


def test_a_model_with_wrong_shapes_is_refused(tmp_path):
    path = tmp_path / "other.tflite"
    for space, channels in (("lab", 3), ("rgb", 2)):
        write_tflite(
            path,
            lambda luminance, n=channels, name="rgb" if space == "rgb" else "chroma": {
                name: luminance * np.ones(n, np.float32)
            },
            ["luminance"],
            color_space=space,
            temperature=None,
        )
        with pytest.raises(presets.PresetError, match=r"other\.tflite .*shape"):
            colorizer.Colorizer(path)


def test_threads_out_of_range_are_no_damaged_model(toy_tflite):
    with pytest.raises(ValueError, match="threads is -5") as caught:
        colorizer.Colorizer(toy_tflite, threads=-5)
    assert not isinstance(caught.value, presets.PresetError)


def test_loading_twice_gives_the_same_colorizer(toy_tflite):
    assert kerascolor.load(str(toy_tflite)) is kerascolor.load(str(toy_tflite))
    with pytest.raises(presets.PresetError, match="'nobody'"):
        kerascolor.load("nobody")


def test_colorize_takes_a_model(toy_tflite, toy):
    result = kerascolor.colorize(GREY, model=toy_tflite, temperature=0.7, saturation=0.9)
    np.testing.assert_array_equal(result, toy(GREY, temperature=0.7, saturation=0.9))
