"""Models in files: those of earlier versions, of Keras, damaged ones, and interrupted trainings."""

import importlib.util
import json
import subprocess
import sys
import zipfile

import h5py
import keras
import numpy as np
import pytest
from small_models import SMALL_MODELS, two_colors

from kerascolor import models
from kerascolor.models import Autoencoder


def in_words_of_version_0_1(class_name, config):
    """The class and the arguments that version 0.1 wrote for a VAE of either kind."""
    shared = {"encoder": "efficientnet_lite0", "widths": [256, 192, 128, 128], "image_size": 64}
    conditional = class_name == "ConditionalVAE"
    config = {name: value for name, value in config.items() if name != "latent"}
    return "VAE", {**shared, "freeze_encoder": False, **config, "conditional": conditional}


@pytest.mark.parametrize("name", ["vae", "conditional vae"])
def test_files_of_version_0_1_load(name, tmp_path):
    kind, config = SMALL_MODELS[name]
    model = models.MODELS[kind](**config)
    luminance, _ = two_colors(3)
    path = tmp_path / "model.weights.h5"
    models.save_weights(model, path)
    with h5py.File(path, "r+") as file:
        written = json.loads(file.attrs["kerascolor"])
        names = ("class_name", "config")
        old = dict(zip(names, in_words_of_version_0_1(*map(written.get, names)), strict=True))
        file.attrs["kerascolor"] = json.dumps(old)
    archive = tmp_path / "model.keras"
    model.save(archive)
    with zipfile.ZipFile(archive) as old_archive:
        members = {name: old_archive.read(name) for name in old_archive.namelist()}
    settings = json.loads(members["config.json"])
    settings["registered_name"] = "kerascolor>VAE"
    settings["class_name"], settings["config"] = in_words_of_version_0_1(
        settings["class_name"], settings["config"]
    )
    settings["module"] = "kerascolor.models.vae"
    members["config.json"] = json.dumps(settings)
    with zipfile.ZipFile(archive, "w") as old_archive:
        for member, content in members.items():
            old_archive.writestr(member, content)

    for loaded in (models.load(path), models.load(archive), keras.saving.load_model(archive)):
        assert type(loaded) is type(model)
        assert loaded.get_config() == model.get_config()
        np.testing.assert_array_equal(loaded(luminance), model(luminance))


def test_keras_files_load_in_a_fresh_process(tmp_path):
    Autoencoder(widths=(4, 4)).save(tmp_path / "mine.keras")
    script = (
        "import keras, kerascolor.models\n"
        "assert type(keras.saving.load_model('mine.keras')) is kerascolor.models.Autoencoder\n"
        "assert type(kerascolor.models.load('mine.keras')) is kerascolor.models.Autoencoder\n"
    )
    subprocess.run([sys.executable, "-c", script], cwd=tmp_path, check=True)


def test_another_backend_has_the_models_that_train_there(monkeypatch):
    monkeypatch.setattr(keras.backend, "backend", lambda: "jax")
    spec = importlib.util.spec_from_file_location("kerascolor.models_on_jax", models.__file__)
    on_jax = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(on_jax)
    assert set(on_jax.MODELS) == {"autoencoder", "classifier", "hinted_classifier", "unet"}
    for name in ("VAE", "ConditionalVAE", "Pix2Pix"):
        with pytest.raises(ImportError, match=f"^{name} needs Keras on TensorFlow, not on jax"):
            getattr(on_jax, name)


def test_what_keras_writes_and_exports_is_told(tmp_path):
    model = Autoencoder(widths=(4, 4))
    model.compile()
    path = tmp_path / "epoch.weights.h5"
    checkpoint = keras.callbacks.ModelCheckpoint(path, save_weights_only=True)
    luminance, target = two_colors(3)
    model.fit(luminance, target, callbacks=[checkpoint], verbose=0)
    np.testing.assert_allclose(models.load(path)(luminance), model(luminance), atol=1e-6)
    with pytest.raises(ValueError, match="export Autoencoder by kerascolor.export.tflite or"):
        model.export(tmp_path / "exported")
    with pytest.raises(ValueError, match="ft.keras is a file, not a preset: load it by"):
        Autoencoder.from_preset("ft.keras")


@pytest.mark.parametrize("text", ["", "no model"])
def test_a_damaged_weights_file_is_a_clear_error(tmp_path, text):
    path = tmp_path / "broken.weights.h5"
    path.write_text(text)
    with pytest.raises(ValueError, match="is damaged or not a kerascolor model"):
        models.load(path)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["pix2pix", "classic unet in yuv"])
def test_an_interrupted_fit_goes_on_with_its_weights_and_optimizers(name, tmp_path):
    def new():
        model, config = SMALL_MODELS[name]
        keras.utils.set_random_seed(0)
        model = models.MODELS[model](**config)
        schedule = keras.optimizers.schedules.CosineDecay(3e-3, 10)
        model.compile(keras.optimizers.Adam(schedule))
        model.optimizer.build(trained_by(model))
        return model

    def trained_by(model):
        return getattr(model, "generator", model).trainable_variables

    def fit(model, epochs):
        backup = keras.callbacks.BackupAndRestore(
            tmp_path / "backup", double_checkpoint=True, delete_checkpoint=False
        )
        batch = two_colors(model.output_shape[-1])
        model.fit(*batch, epochs=epochs, callbacks=[backup], verbose=0)

    interrupted = new()
    fit(interrupted, epochs=2)
    resumed = new()
    fit(resumed, epochs=2)  # Restores, and has nothing left to do.
    for ours, theirs in zip(resumed.weights, interrupted.weights, strict=True):
        np.testing.assert_array_equal(ours, theirs)
    names = ["optimizer", "discriminator_optimizer"]
    for optimizer in [n for n in names if hasattr(interrupted, n)]:
        ours, theirs = getattr(resumed, optimizer), getattr(interrupted, optimizer)
        assert int(ours.iterations) == 2
        assert float(ours.learning_rate) == float(theirs.learning_rate) < 3e-3
        for our, their in zip(ours.variables, theirs.variables, strict=True):
            np.testing.assert_array_equal(our, their)
