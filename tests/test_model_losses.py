"""Which losses, targets and learning rates the models take."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from small_models import SMALL, SMALL_MODELS, two_colors

from kerascolor import losses, metrics, models
from kerascolor.models import VAE, VAEGAN, BinClassifier, Pix2Pix, UNet


@pytest.mark.parametrize("name", ["classic unet in yuv", "vae", "pix2pix", "vae_gan", "classifier"])
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
    model = BinClassifier(**SMALL, freeze_encoder=True)
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


def test_the_z_that_is_found_again_in_a_draw_does_not_teach_who_finds_it():
    model = VAEGAN(**SMALL_MODELS["vae_gan"][1])
    luminance, target = map(tf.constant, two_colors(2))
    model.compile("sgd")
    _, losses = model.step_losses(luminance, target, training=True)
    # Nothing of z shows in the draws of a new model: what is left is the mean of normal numbers.
    assert float(losses["latent_error"]) == pytest.approx(np.sqrt(2 / np.pi), abs=0.2)
    for index, variable in enumerate(model.trainable_variables):
        variable.assign_add(keras.random.normal(variable.shape, stddev=0.05, seed=index))
    with tf.GradientTape(persistent=True) as tape:
        _, losses = model.step_losses(luminance, target, training=True)
    error = losses["latent_error"]
    decoding = tape.gradient(error, model.decoder.trainable_variables)
    assert max(float(tf.reduce_max(tf.abs(g))) for g in decoding if g is not None) > 0
    finding = tape.gradient(error, model.posterior.trainable_variables)
    assert all(gradient is None for gradient in finding)


def test_a_vae_gan_logs_what_tells_a_collapse():
    model = VAEGAN(**SMALL_MODELS["vae_gan"][1])
    luminance, target = two_colors(2)
    model.compile("sgd")
    figures = model.evaluate(luminance, target, verbose=0, return_dict=True)
    # A new decoder gives the same colours whatever z is, and posterior and prior are alike.
    assert figures["spread"] == pytest.approx(0, abs=1e-6)
    assert figures["kl"] == pytest.approx(0, abs=1e-4) and figures["used_dimensions"] == 0
    for name in ("real_accuracy", "prior_accuracy", "posterior_accuracy"):
        assert 0 <= figures[name] <= 1
