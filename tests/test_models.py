"""What every model of the family does alike, tested over the table of models."""

import importlib.util
import json
import subprocess
import sys
import types
import zipfile

import h5py
import keras
import numpy as np
import pytest
import tensorflow as tf
from conftest import SMALL_MODELS, SMALL_WIDTHS

from kerascolor import bins, efficientnet_lite, losses, metrics, models
from kerascolor.models import VAE, Autoencoder, BinClassifier, Pix2Pix, UNet

# Before TensorFlow starts: two devices, to test what several GPUs do.
tf.config.set_logical_device_configuration(
    tf.config.list_physical_devices("CPU")[0], [tf.config.LogicalDeviceConfiguration()] * 2
)


@pytest.fixture(scope="module", params=SMALL_MODELS)
def trained(request):
    """A model of each configuration, its photos, and what training on them logged."""
    return train(*SMALL_MODELS[request.param], epochs=8)


@pytest.fixture
def model(trained):
    return trained.model


def train(name, config, epochs):
    keras.utils.set_random_seed(0)
    model = models.MODELS[name](**config)
    luminance, target = two_colors(model.output_shape[-1])
    model.compile(keras.optimizers.Adam(3e-3))
    history = model.fit(luminance, target, epochs=epochs, shuffle=False, verbose=0).history
    return types.SimpleNamespace(
        name=name, config=config, model=model, luminance=luminance, target=target, history=history
    )


def two_colors(channels):
    """Four photos, the bright ones of one colour and the dark ones of another."""
    generator = np.random.default_rng(0)
    bright = np.array([0.2, 0.8, 0.2, 0.8], np.float32).reshape(4, 1, 1, 1)
    luminance = bright + generator.uniform(-0.1, 0.1, (4, 64, 64, 1)).astype(np.float32)
    colors = np.linspace(0.1, 0.4, 2 * channels, dtype=np.float32).reshape(2, channels)
    target = np.where(bright > 0.5, colors[0], colors[1]) * np.ones_like(luminance)
    return luminance, target.astype(np.float32)


def test_the_table_is_covered():
    assert {name for name, _ in SMALL_MODELS.values()} == set(models.MODELS)


def test_it_maps_luminance_to_its_target(trained):
    predicted = np.asarray(trained.model(trained.luminance))
    assert predicted.shape == trained.target.shape
    assert predicted.dtype == np.float32
    assert np.abs(predicted).max() <= 1


def test_fit_lowers_the_loss_and_the_error(trained):
    for figure in ("loss", "rmse"):
        values = trained.history[figure]
        assert min(values[-3:]) < values[0]


def test_evaluate_gives_the_figures_that_fit_logs(trained):
    figures = trained.model.evaluate(trained.luminance, trained.target, verbose=0, return_dict=True)
    assert set(figures) - {"colorization_rmse"} == set(trained.history)
    assert all(np.isfinite(value) for value in figures.values())


def test_a_keras_file_loads_back_without_custom_code_and_with_its_optimizer(trained, tmp_path):
    trained.model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    assert type(loaded) is type(trained.model)
    assert loaded.get_config() == trained.model.get_config()
    assert loaded.get_config() == {**trained.model.get_config(), **trained.config}
    assert int(loaded.optimizer.iterations) == len(trained.history["loss"])
    np.testing.assert_allclose(
        loaded(trained.luminance), trained.model(trained.luminance), atol=1e-6
    )


def test_weights_files_describe_themselves_and_lose_little_in_half_precision(trained, tmp_path):
    path = tmp_path / "model.weights.h5"
    for half, tolerance in ((False, 1e-6), (True, 1e-2)):
        models.save_weights(trained.model, path, half)
        loaded = models.load(path)
        assert loaded.get_config() == trained.model.get_config()
        np.testing.assert_allclose(
            loaded(trained.luminance), trained.model(trained.luminance), atol=tolerance
        )
    with h5py.File(path) as file:
        assert not any("optimizer" in name for name in file)
    assert list(tmp_path.iterdir()) == [path]


def test_a_seed_makes_training_repeatable(trained):
    again = train(trained.name, trained.config, epochs=1)
    np.testing.assert_allclose(again.history["loss"][0], trained.history["loss"][0], rtol=1e-4)


def test_the_exported_signature_gives_the_target(trained):
    shapes = trained.model.export_inputs((64, 64))
    assert shapes["luminance"] == (1, 64, 64, 1)
    inputs = {name: tf.zeros(shape) for name, shape in shapes.items()}
    inputs["luminance"] = tf.constant(trained.luminance[:1])
    if "temperature" in inputs:
        inputs["temperature"] = tf.ones(1)
    target = trained.model.colorize(**inputs)
    np.testing.assert_allclose(target, trained.model(trained.luminance[:1]), atol=1e-5)


def test_a_wrong_shape_is_named(model):
    with pytest.raises(ValueError, match=r"takes luminance \(N, H, W, 1\), got \(1, 64, 64, 3\)"):
        model(np.zeros((1, 64, 64, 3), np.float32))
    multiple = model.size_multiple
    with pytest.raises(ValueError, match=f"multiples of {multiple}, got 65 x 64"):
        model(np.zeros((1, 65, 64, 1), np.float32))


@pytest.mark.parametrize("size", [64, 128, 256])
def test_any_size_that_is_a_multiple(size):
    model = UNet(widths=SMALL_WIDTHS)
    assert model(np.zeros((1, size, 2 * size, 1), np.float32)).shape == (1, size, 2 * size, 2)


@pytest.mark.slow
@pytest.mark.parametrize("name", models.MODELS)
def test_half_precision_trains(name):
    keras.mixed_precision.set_global_policy("mixed_float16")
    try:
        config = next(config for model, config in SMALL_MODELS.values() if model == name)
        model = models.MODELS[name](**config)
        model.compile(keras.optimizers.Adam(1e-3))
        luminance = np.random.default_rng(0).random((2, 64, 64, 1), np.float32)
        target = np.full((2, 64, 64, model.output_shape[-1]), 0.3, np.float32)
        history = model.fit(luminance, target, epochs=1, verbose=0).history
        assert np.isfinite(history["loss"][0])
        assert model.predict(luminance, verbose=0).dtype == np.float32
    finally:
        keras.mixed_precision.set_global_policy("float32")


@pytest.mark.parametrize(
    "build",
    [
        lambda: UNet(color_space="rgb"),
        lambda: UNet(loss="l3"),
        lambda: UNet(encoder="resnet"),
        lambda: Autoencoder(color_space="hsv"),
        lambda: Autoencoder(loss="hinge"),
        lambda: VAE(color_space="hsv"),
        lambda: BinClassifier(encoder="vgg"),
        lambda: Pix2Pix(color_space="rgb"),
    ],
)
def test_an_unknown_argument_is_named_with_the_choices(build):
    with pytest.raises(ValueError, match=r"is unknown: use one of \w+"):
        build()


def test_a_trained_model_hands_its_layers_to_another():
    unet, classifier = UNet(widths=SMALL_WIDTHS), BinClassifier(widths=SMALL_WIDTHS)
    assert unet.start_from(classifier) > 100
    luminance = np.random.default_rng(0).random((1, 64, 64, 1), np.float32)
    for ours, theirs in zip(unet.encoder(luminance), classifier.encoder(luminance), strict=True):
        np.testing.assert_allclose(ours, theirs)
    pix2pix = Pix2Pix(widths=SMALL_WIDTHS, discriminator_width=4)
    pix2pix.start_from(unet)
    np.testing.assert_allclose(pix2pix(luminance), unet(luminance), atol=1e-6)
    with pytest.raises(ValueError, match="no layer in common"):
        Autoencoder().start_from(classifier.annealed_mean)


def test_imagenet_weights_of_another_encoder_are_refused(tmp_path):
    encoder = efficientnet_lite.efficientnet_lite("efficientnet_lite0")
    arrays = {variable.path: np.asarray(variable) for variable in encoder.variables}
    np.savez(tmp_path / "lite0.npz", **arrays)
    efficientnet_lite.load_imagenet(encoder, tmp_path / "lite0.npz")
    other = efficientnet_lite.efficientnet_lite("efficientnet_lite1")
    with pytest.raises(ValueError, match="it is not for efficientnet_lite1"):
        efficientnet_lite.load_imagenet(other, tmp_path / "lite0.npz")


def test_a_vae_samples_diverse_colors_and_repeats_them_with_a_seed():
    model = train(*SMALL_MODELS["conditional vae"], epochs=2).model
    luminance = np.random.default_rng(0).random((2, 64, 64, 1), np.float32)
    first = np.asarray(model.sample(luminance, n=3, seed=7))
    assert first.shape == (3, 2, 64, 64, 2)
    np.testing.assert_array_equal(first, model.sample(luminance, n=3, seed=7))
    assert np.abs(first[0] - first[1]).max() > 1e-6
    still = np.asarray(model.sample(luminance, n=2, temperature=0.0))
    np.testing.assert_allclose(still[0], model.predict(luminance, verbose=0), atol=1e-5)


def test_a_frozen_encoder_keeps_its_weights_and_statistics():
    model = BinClassifier(widths=SMALL_WIDTHS, freeze_encoder=True)
    before = [np.array(weight) for weight in model.encoder.weights]
    model.compile("adam")
    luminance = np.random.default_rng(0).random((2, 64, 64, 1), np.float32)
    model.fit(luminance, np.zeros((2, 64, 64, 2), np.float32), epochs=1, verbose=0)
    for old, new in zip(before, model.encoder.weights, strict=True):
        np.testing.assert_array_equal(old, new)


def test_an_early_frozen_encoder_learns_in_its_last_stages_alone():
    model = BinClassifier(widths=SMALL_WIDTHS, freeze_encoder="early")
    before = {weight.path: np.array(weight) for weight in model.encoder.weights}
    model.compile("adam")
    luminance = np.random.default_rng(0).random((2, 64, 64, 1), np.float32)
    model.fit(luminance, np.zeros((2, 64, 64, 2), np.float32), epochs=1, verbose=0)
    changed = {w.path for w in model.encoder.weights if (before[w.path] != np.array(w)).any()}
    assert changed
    assert all(path.split("/")[-2].startswith(("block6", "block7")) for path in changed)
    assert not any("_bn/" in path for path in changed)
    with pytest.raises(ValueError, match="freeze_encoder is 'late'"):
        BinClassifier(widths=SMALL_WIDTHS, freeze_encoder="late")
    with pytest.raises(ValueError, match="for classic_encoder use True or False"):
        UNet(encoder=None, widths=(4, 8), freeze_encoder="early")


def test_a_rebalanced_classifier_shifts_its_logits():
    model = BinClassifier(widths=SMALL_WIDTHS, rebalancing=0.9)
    paler = model.rebalanced(1.0)
    assert paler.get_config()["rebalancing"] == 1.0
    luminance = np.random.default_rng(0).random((1, 64, 64, 1), np.float32)
    shift = np.asarray(paler.logits(luminance)) - np.asarray(model.logits(luminance))
    wanted = np.broadcast_to(bins.rebalancing_shift(0.9, 1.0), shift.shape)
    np.testing.assert_allclose(shift, wanted, atol=1e-3)


@pytest.mark.parametrize("name", ["classic unet in yuv", "vae", "pix2pix", "classifier"])
def test_a_photo_loss_is_added_to_the_models_own(name):
    kind, config = SMALL_MODELS[name]
    model = models.MODELS[kind](**config)
    luminance, target = two_colors(model.output_shape[-1])

    def loss():
        # Again, so that the loss is traced again and the latent vectors are drawn again.
        model.compile("sgd")
        if model.takes_noise:
            model.draws.state.assign([0, 0])
        return model.evaluate(luminance, target, verbose=0, return_dict=True)["loss"]

    own = loss()
    model.photo_loss = lambda luminance, target, predicted: 3.0
    assert loss() == pytest.approx(own + 3.0, rel=1e-4)


def test_a_loss_that_a_model_does_not_give_is_refused(lpips_file):
    unet, pix2pix = UNet(encoder=None, widths=(4, 8)), Pix2Pix(None, (4, 8), discriminator_width=4)
    photo_loss = losses.PhotoLoss(metrics.LPIPS(lpips_file), "lab")
    for model, loss, message in [
        (unet, losses.RebalancedCrossEntropy(), "judges logits, which UNet does not give"),
        (unet, photo_loss, "set model.photo_loss to it"),
        (pix2pix, "mae", "Pix2Pix trains under losses of its own: compile it without loss="),
        (VAE(), "mse", "VAE trains under losses of its own"),
    ]:
        with pytest.raises(ValueError, match=message):
            model.compile("sgd", loss=loss)
    vae = VAE(latent_size=2, image_size=8)
    vae.photo_loss = photo_loss
    vae.compile("sgd")
    with pytest.raises(ValueError, match="photo_loss has color_space 'lab': VAE gives 'rgb'"):
        vae.evaluate(np.zeros((1, 8, 8, 1)), np.zeros((1, 8, 8, 3)), verbose=0)


@pytest.mark.slow
def test_a_classifier_trains_under_any_loss_of_its_chroma():
    model = BinClassifier(widths=SMALL_WIDTHS, freeze_encoder=True)
    luminance, target = two_colors(2)
    weight = np.float32([1, 0, 0, 0])
    for loss in ("mae", keras.losses.MeanAbsoluteError()):
        model.compile("sgd", loss=loss)
        figures = model.evaluate(luminance, target, sample_weight=weight, verbose=0)
        error = np.abs(model.predict(luminance, verbose=0) - target)[0].mean()
        assert figures[0] == pytest.approx(error / 4, rel=1e-3)
    assert np.isfinite(model.fit(luminance, target, verbose=0).history["loss"][0])


@pytest.mark.parametrize("name", ["vae", "pix2pix"])
def test_weights_of_samples_are_refused_where_they_would_not_count(name):
    kind, config = SMALL_MODELS[name]
    model = models.MODELS[kind](**config)
    model.compile("sgd")
    with pytest.raises(ValueError, match="takes no sample_weight or class_weight"):
        model.fit(*two_colors(model.output_shape[-1]), sample_weight=np.ones(4), verbose=0)


@pytest.mark.parametrize("name", ["autoencoder", "vae", "classic unet in yuv", "classifier"])
def test_a_target_of_another_color_space_is_named(name):
    kind, config = SMALL_MODELS[name]
    model = models.MODELS[kind](**config)
    model.compile("sgd")
    channels = 5 - model.output_shape[-1]
    space = {"autoencoder": "rgb", "vae": "rgb", "classifier": "lab"}.get(name, "yuv")
    with pytest.raises(ValueError, match=f"64, {channels}.*gives it with color_space='{space}'"):
        model.fit(*two_colors(channels), verbose=0)


def test_a_learning_rate_that_a_callback_changes_is_changed_for_both_networks():
    model = Pix2Pix(None, (4, 8), discriminator_width=4)
    model.compile(keras.optimizers.Adam(1e-3), keras.optimizers.SGD(4e-3))
    schedule = keras.callbacks.LearningRateScheduler(lambda epoch: 5e-4)
    model.fit(*two_colors(2), callbacks=[schedule], verbose=0)
    assert float(model.optimizer.learning_rate) == pytest.approx(5e-4)
    assert float(model.discriminator_optimizer.learning_rate) == pytest.approx(2e-3)


def test_a_vae_logs_the_error_of_what_it_predicts():
    model = VAE(latent_size=8)
    luminance, target = two_colors(3)
    model.compile(keras.optimizers.Adam(3e-3))
    logged = model.fit(luminance, target, validation_data=(luminance, target), verbose=0).history
    error = np.sqrt(np.mean((model.predict(luminance, verbose=0) - target) ** 2))
    assert logged["val_colorization_rmse"][0] == pytest.approx(error, rel=1e-3)


def test_a_vae_that_has_learnt_is_not_annealed_again():
    model = VAE(latent_size=2, annealing_steps=10**9, kl_weight=1.0)
    luminance, target = two_colors(3)
    model.posterior.get_layer("posterior_mean").bias.assign([100.0, 0.0])
    model.compile(keras.optimizers.SGD(1e-9))
    assert model.fit(luminance, target, verbose=0).history["loss"][0] < 1
    # What a trained one has.
    model.posterior.get_layer("posterior_mean").kernel.assign_add(
        np.full(model.posterior.get_layer("posterior_mean").kernel.shape, 1e-9)
    )
    model.compile(keras.optimizers.SGD(1e-9))
    assert model.fit(luminance, target, verbose=0).history["loss"][0] > 1000


@pytest.mark.parametrize("levels", [2, 3, 4, 5])
def test_an_autoencoder_has_two_to_five_levels(levels):
    model = Autoencoder(widths=(4,) * levels)
    assert model(np.zeros((1, 32, 32, 1), np.float32)).shape == (1, 32, 32, 3)
    assert model.size_multiple == (2 if levels < 4 else 4)
    for widths in ((4,), (4,) * 6):
        with pytest.raises(ValueError, match=f"widths has {len(widths)} levels: give 2 to 5"):
            Autoencoder(widths=widths)


def in_words_of_version_0_1(class_name, config):
    """The class and the arguments that version 0.1 wrote for a VAE of either kind."""
    shared = {"encoder": "efficientnet_lite0", "widths": [256, 192, 128, 128], "image_size": 64}
    conditional = class_name == "ConditionalVAE"
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
    assert set(on_jax.MODELS) == {"autoencoder", "classifier", "unet"}
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


@pytest.mark.slow
@pytest.mark.parametrize("name", ["conditional vae", "pix2pix", "classifier"])
def test_two_replicas_move_the_weights_as_one_does(name):
    """Keras sums the replicas' gradients: the same photos on both must not count twice."""
    model, config = SMALL_MODELS[name]
    steps = []
    for strategy in (
        tf.distribute.get_strategy(),
        # Processors have no collective operations that a second strategy could use again.
        tf.distribute.MirroredStrategy(["/cpu:0", "/cpu:1"], tf.distribute.ReductionToOneDevice()),
    ):
        with strategy.scope():
            keras.utils.set_random_seed(0)
            trained = models.MODELS[model](**config)
            trained.compile(keras.optimizers.SGD(1e-2))
        before = [np.array(v) for v in trained.trainable_variables]
        luminance, target = two_colors(trained.output_shape[-1])
        copies = strategy.num_replicas_in_sync
        batch = [np.concatenate([x[:2]] * copies) for x in (luminance, target)]
        trained.fit(*batch, batch_size=2 * copies, shuffle=False, verbose=0)
        after = [np.array(v) for v in trained.trainable_variables]
        steps.append(sum(np.abs(a - b).sum() for a, b in zip(after, before, strict=True)))
    assert 0.6 < steps[1] / steps[0] < 1.6
