"""Colorization as a conditional GAN: a U-Net against a critic of patches."""

import keras
import tensorflow as tf

from kerascolor.models import adversarial
from kerascolor.models.tracking import TrackingModel
from kerascolor.models.unet import UNet

LOGGED = ("loss", "l1", "fake_accuracy", *adversarial.LOGGED)


@keras.saving.register_keras_serializable("kerascolor")
class Pix2Pix(adversarial.AdversarialModel, TrackingModel):
    """A U-Net generator that a discriminator of 70x70 patches teaches lively colours.

    Args:
        encoder, widths, color_space, freeze_encoder: As in `UNet`, which is the generator.
        dropout: The generator's noise, in training only.
        l1_weight: Weight of the L1 error; the adversarial loss has weight 1.
        discriminator_width: Channels of the discriminator's first convolution.

    Input and output: as in `UNet`.

    Attributes:
        generator: The `UNet`. `start_from(unet)` copies a trained one into it.
        discriminator: Model from luminance (N, H, W, 1) and chroma (N, H, W, 2) to a logit for
            every patch, positive for real colours.

    What is logged shows a collapse: see `adversarial.AdversarialModel`.

    Example:
        >>> model = Pix2Pix.from_preset("pix2pix")
        >>> model.compile(keras.optimizers.Adam(2e-4, beta_1=0.5))
        >>> model.fit(kerascolor.data.photos("photos", training=True), epochs=1)

    Reference:
        Isola, Zhu, Zhou and Efros, "Image-to-Image Translation with Conditional Adversarial
        Networks", CVPR 2017.
    """

    def __init__(
        self,
        encoder="efficientnet_lite0",
        widths=(256, 192, 128, 128),
        color_space="lab",
        dropout=0.5,
        l1_weight=100.0,
        discriminator_width=64,
        freeze_encoder=False,
    ):
        generator = UNet(encoder, widths, color_space, "l1", dropout, freeze_encoder)
        luminance = keras.Input((None, None, 1), name="luminance")
        super().__init__(luminance, generator(luminance))
        self.generator = generator
        self.discriminator = adversarial.patch_discriminator(
            generator.input_shape[1:], generator.output_shape[1:], discriminator_width
        )
        self.encoder = generator.encoder
        self.target_spec = generator.target_spec
        self.size_multiple = generator.size_multiple
        self.config = {
            "encoder": encoder,
            "widths": tuple(widths),
            "color_space": color_space,
            "dropout": dropout,
            "l1_weight": l1_weight,
            "discriminator_width": discriminator_width,
            "freeze_encoder": freeze_encoder,
        }
        self.trackers = [keras.metrics.Mean(name=name) for name in LOGGED]

    def step_losses(self, luminance, target, training):
        """The generator's chroma, and the losses of both networks (equations 1 to 4)."""
        predicted = self.generator(luminance, training=training)
        judged = self.judge(luminance, target, {"fake": predicted}, training)
        l1 = tf.reduce_mean(tf.abs(target - predicted))
        loss = judged["adversarial"] + self.config["l1_weight"] * l1
        return predicted, {**judged, "l1": l1, "loss": loss}
