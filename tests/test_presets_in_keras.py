"""The presets as Keras models, and the example that goes on training one."""

import pathlib
import runpy

import keras
import numpy as np
import pytest

from kerascolor import data, models, presets

EXAMPLE = pathlib.Path(__file__).parent.parent / "examples" / "fine_tune.py"


@pytest.mark.parametrize("name", presets.read())
def test_each_preset_loads_into_its_class_and_gives_colors(name):
    preset = presets.find(name)
    model = getattr(models, preset.model).from_preset(name)
    luminance = np.linspace(0, 1, 64, dtype=np.float32)[None, :, None, None]
    target = np.asarray(model(np.tile(luminance, (1, 1, 64, 1))))
    assert np.isfinite(target).all()
    assert target.std() > 1e-3


def test_a_preset_of_another_class_is_named():
    with pytest.raises(presets.PresetError, match="'classifier' is a BinClassifier"):
        models.VAE.from_preset("classifier")


def test_an_argument_can_differ_from_the_presets():
    assert models.UNet.from_preset("unet", freeze_encoder=False).encoder.trainable
    assert not models.UNet.from_preset("unet").encoder.trainable


@pytest.mark.slow
def test_the_example_teaches_the_preset_the_photos_it_is_given(split_folder, tmp_path):
    output = tmp_path / "mine.keras"
    keras.utils.set_random_seed(0)
    fine_tune = runpy.run_path(str(EXAMPLE))["fine_tune"]
    fine_tune(split_folder, output, epochs=3, image_size=64)
    photos = data.photos(split_folder, 64, 8, training=False, split="train")
    losses = []
    for model in (models.BinClassifier.from_preset("classifier"), keras.saving.load_model(output)):
        model.compile()
        losses.append(model.evaluate(photos, verbose=0, return_dict=True)["loss"])
    assert losses[1] < 0.97 * losses[0]
