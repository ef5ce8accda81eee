"""What every model of the family does alike, tested over the table of models."""

import types

import h5py
import keras
import numpy as np
import pytest
import tensorflow as tf
from small_models import SMALL, SMALL_MODELS, two_colors

from kerascolor import bins, data, efficientnet_lite, models
from kerascolor.models import VAE, Autoencoder, BinClassifier, ConditionalVAE, Pix2Pix, UNet

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
    photos = tf.data.Dataset.from_tensors((luminance, target))
    if model.takes_hints:
        photos = photos.apply(data.hints(training=False))
    history = model.fit(photos, epochs=epochs, verbose=0).history
    return types.SimpleNamespace(
        name=name, config=config, model=model, luminance=luminance, target=target, history=history
    )


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
    assert set(figures) - {"colorization_rmse", "spread"} == set(trained.history)
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
    model = UNet(**SMALL)
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
        lambda: ConditionalVAE(latent="list"),
    ],
)
def test_an_unknown_argument_is_named_with_the_choices(build):
    with pytest.raises(ValueError, match=r"is unknown: use one of \w+"):
        build()


def test_a_trained_model_hands_its_layers_to_another():
    unet, classifier = UNet(**SMALL), BinClassifier(**SMALL)
    assert unet.start_from(classifier) > 40
    luminance = np.random.default_rng(0).random((1, 64, 64, 1), np.float32)
    for ours, theirs in zip(unet.encoder(luminance), classifier.encoder(luminance), strict=True):
        np.testing.assert_allclose(ours, theirs)
    pix2pix = Pix2Pix(**SMALL, discriminator_width=4)
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


@pytest.mark.parametrize("name", ["conditional vae", "infrared vae"])
def test_a_vae_samples_diverse_colors_and_repeats_them_with_a_seed(name):
    model = train(*SMALL_MODELS[name], epochs=2).model
    luminance = np.random.default_rng(0).random((2, 64, 64, 1), np.float32)
    first = np.asarray(model.sample(luminance, n=3, seed=7))
    assert first.shape == (3, 2, 64, 64, model.output_shape[-1])
    np.testing.assert_array_equal(first, model.sample(luminance, n=3, seed=7))
    assert np.abs(first[0] - first[1]).max() > 1e-6
    still = np.asarray(model.sample(luminance, n=2, temperature=0.0))
    np.testing.assert_allclose(still[0], model.predict(luminance, verbose=0), atol=1e-5)


def test_the_noise_of_a_place_changes_colours_around_it():
    _, config = SMALL_MODELS["conditional vae with a grid"]
    model = ConditionalVAE(**config)
    for index, variable in enumerate(model.trainable_variables):
        variable.assign_add(keras.random.normal(variable.shape, stddev=0.1, seed=index))
    luminance = np.random.default_rng(0).random((1, 64, 384, 1), np.float32)
    shapes = model.export_inputs((64, 384))
    assert shapes["noise"] == (1, 2, 12, 4)
    noise = np.zeros(shapes["noise"], np.float32)
    noise[:, :, 0] = 3.0
    plain, changed = (np.asarray(model.colorize(luminance, n)) for n in (0 * noise, noise))
    difference = np.abs(changed - plain).mean((0, 1, 3))
    assert difference[:32].mean() > 1e-4
    np.testing.assert_allclose(difference[192:], 0, atol=1e-6)


def test_a_frozen_encoder_keeps_its_weights_and_statistics():
    model = BinClassifier(**SMALL, freeze_encoder=True)
    before = [np.array(weight) for weight in model.encoder.weights]
    model.compile("adam")
    luminance = np.random.default_rng(0).random((2, 64, 64, 1), np.float32)
    model.fit(luminance, np.zeros((2, 64, 64, 2), np.float32), epochs=1, verbose=0)
    for old, new in zip(before, model.encoder.weights, strict=True):
        np.testing.assert_array_equal(old, new)


def test_an_early_frozen_encoder_learns_in_its_last_stages_alone():
    model = BinClassifier(**SMALL, freeze_encoder="early")
    before = {weight.path: np.array(weight) for weight in model.encoder.weights}
    model.compile("adam")
    luminance = np.random.default_rng(0).random((2, 64, 64, 1), np.float32)
    model.fit(luminance, np.zeros((2, 64, 64, 2), np.float32), epochs=1, verbose=0)
    changed = {w.path for w in model.encoder.weights if (before[w.path] != np.array(w)).any()}
    assert changed
    assert all(path.split("/")[-2].startswith(("block6", "block7")) for path in changed)
    assert not any("_bn/" in path for path in changed)
    with pytest.raises(ValueError, match="freeze_encoder is 'late'"):
        BinClassifier(**SMALL, freeze_encoder="late")
    with pytest.raises(ValueError, match="for classic_encoder use True or False"):
        UNet(encoder=None, widths=(4, 8), freeze_encoder="early")


def test_a_rebalanced_classifier_shifts_its_logits():
    model = BinClassifier(**SMALL, rebalancing=0.9)
    paler = model.rebalanced(1.0)
    assert paler.get_config()["rebalancing"] == 1.0
    luminance = np.random.default_rng(0).random((1, 64, 64, 1), np.float32)
    shift = np.asarray(paler.logits(luminance)) - np.asarray(model.logits(luminance))
    wanted = np.broadcast_to(bins.rebalancing_shift(0.9, 1.0), shift.shape)
    np.testing.assert_allclose(shift, wanted, atol=1e-3)


@pytest.mark.parametrize("levels", [2, 3, 4, 5])
def test_an_autoencoder_has_two_to_five_levels(levels):
    model = Autoencoder(widths=(4,) * levels)
    assert model(np.zeros((1, 32, 32, 1), np.float32)).shape == (1, 32, 32, 3)
    assert model.size_multiple == (2 if levels < 4 else 4)
    for widths in ((4,), (4,) * 6):
        with pytest.raises(ValueError, match=f"widths has {len(widths)} levels: give 2 to 5"):
            Autoencoder(widths=widths)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["conditional vae", "pix2pix", "vae_gan", "classifier"])
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
