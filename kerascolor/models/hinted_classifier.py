"""The classifier with colours given by hand: points, and the palette of another photo."""

import keras
from keras import layers, ops

from kerascolor import bins
from kerascolor.efficientnet_lite import efficientnet_lite
from kerascolor.layers import decoder_levels
from kerascolor.models.classifying import ClassifyingModel, logits_layer

HEADS = 4
KEY_WIDTH = 16
PALETTE_WIDTHS = (256, 256)
# Hints times this are of the features' range, which in int8 they share the steps of.
HINT_SCALE = 8.0
# The share of a bin in a photo is small: its root times this varies about as much as features do.
PALETTE_SCALE = 8.0
# Cells of stride 16 in the unit of distance of `HintAttention`: 128 pixels.
UNIT = 8.0


@keras.saving.register_keras_serializable("kerascolor")
class HintedClassifier(ClassifyingModel):
    """A trained `BinClassifier`, frozen, with a small branch that makes its colours follow hints.

    The branch is a second, narrow decoder. It sees the classifier's own decoder at each stride,
    the hints beside it, and at stride 16 the hints of places that look alike (`HintAttention`);
    what it finds is added to the features that the classifier's head sees. Without points and
    palette it adds nothing, and the output is the classifier's.

    Args:
        encoder, widths, temperature, rebalancing: As those of the `BinClassifier`, whose weights
            `start_from` copies.
        hint_widths: Channels of the branch at strides 32, 16, 8 and 4.

    Input: luminance (N, H, W, 1) in [0, 1], H and W multiples of 32; or a dictionary of
        "luminance", "hints" and "palette". Hints (N, H, W, 3) are chroma in [-1, 1] and a mask,
        1 where a colour is given; both are 0 elsewhere. A palette (N, Q + 1) is the share of each
        of `bins.CENTERS` in a photo, and 1; zeros are none.
    Output: Lab chroma (N, H, W, 2) in [-1, 1].

    Attributes:
        encoder: Model from luminance to features.
        logits: Model from the inputs to logits (N, H / 4, W / 4, Q) over `bins.CENTERS`.

    Example:
        >>> model = HintedClassifier("efficientnet_lite1", (320, 256, 192, 128), temperature=0.4)
        >>> model.start_from(BinClassifier.from_preset("classifier"))
        >>> model.compile("adam")
        >>> model.fit(kerascolor.data.photos("photos").apply(kerascolor.data.hints()))

    Reference:
        Zhang et al., "Real-Time User-Guided Image Colorization with Learned Deep Priors",
        SIGGRAPH 2017.
    """

    takes_hints = True
    further_outputs = ("logits",)

    def __init__(
        self,
        encoder="efficientnet_lite0",
        widths=(256, 192, 128, 128),
        temperature=1.0,
        rebalancing=0.9,
        hint_widths=(256, 160, 64, 32),
    ):
        inputs = {
            "hints": keras.Input((None, None, 3), name="hints"),
            "luminance": keras.Input((None, None, 1), name="luminance"),
            "palette": keras.Input((bins.COUNT + 1,), name="palette"),
        }
        encoder_model = efficientnet_lite(encoder)
        luminance = keras.Input((None, None, 1), name="luminance")
        levels = decoder_levels(encoder_model(luminance), widths)
        base = keras.Model(luminance, levels, name="base")
        head = logits_layer()
        base.trainable = head.trainable = False

        levels = base(inputs["luminance"])
        maps = _hint_maps(inputs["hints"])
        correction = _branch(levels, maps, inputs["palette"], hint_widths)
        correction = layers.Multiply(name="hint_gated")(
            [correction, _gate(maps[-1], inputs["palette"])]
        )
        x = layers.Add(name="hint_add")([levels[-1], correction])
        super().__init__(keras.Model(inputs, head(x), name="logits"), temperature)

        self.encoder = encoder_model
        self.config = {
            "encoder": encoder,
            "widths": tuple(widths),
            "temperature": temperature,
            "rebalancing": rebalancing,
            "hint_widths": tuple(hint_widths),
        }

    def __call__(self, inputs, *args, **kwargs):
        return super().__call__(_with_neutral(inputs), *args, **kwargs)

    def check_luminance(self, inputs):
        super().check_luminance(_luminance(inputs))

    def judged(self, inputs, given, training):
        return super().judged(_with_neutral(inputs), given, training)

    def loss_of_photos(self, inputs, target, predicted):
        return super().loss_of_photos(_luminance(inputs), target, predicted)

    def export_inputs(self, image_size):
        return {
            **super().export_inputs(image_size),
            "hints": (1, *image_size, 3),
            "palette": (1, bins.COUNT + 1),
        }

    def colorize(self, temperature, **inputs):
        return self.exported(temperature, **inputs)["chroma"]

    def exported(self, temperature, **inputs):
        logits = self.logits(inputs, training=False)
        chroma = self.upsample(bins.annealed_mean(logits, temperature))
        return {"chroma": chroma, "logits": logits}


@keras.saving.register_keras_serializable("kerascolor")
class HintAttention(layers.Layer):
    """Carries hints to the places that look alike, by preference near ones.

    Every place compares its query with the keys of all places. To the likeness each head adds a
    learned number for places that have a hint, and takes off another one times the square of the
    distance. Where no place has a hint, zeros are carried.

    Args:
        heads: How many.

    Called on queries and keys (N, h, w, heads * D) and hints (N, h, w, C), whose last channel is
    the mask; gives the weighted means (N, h, w, heads * C) of the hints.
    """

    def __init__(self, heads, **kwargs):
        # Softmax and distances lose too much in half precision.
        super().__init__(**{"dtype": "float32", **kwargs})
        self.heads = heads

    def build(self, input_shape):
        # A hint begins with the weight of exp(5) places without one, of which there are 256.
        constant = keras.initializers.Constant
        self.boost = self.add_weight(
            name="boost", shape=(self.heads, 1, 1), initializer=constant(5.0 / HINT_SCALE)
        )
        self.fading = self.add_weight(
            name="fading", shape=(self.heads, 1, 1), initializer=constant(1.0)
        )

    def call(self, inputs):
        queries, keys, hints = inputs
        batch, height, width, channels = ops.shape(hints)
        count = height * width
        sides = (ops.cast(ops.arange(side), "float32") / UNIT for side in (height, width))
        places = ops.reshape(ops.stack(ops.meshgrid(*sides, indexing="ij"), -1), (1, 1, count, 2))
        places = ops.broadcast_to(places, (batch, self.heads, count, 2))
        squares = ops.sum(places * places, -1, keepdims=True)
        mask = ops.reshape(hints[..., -1:], (batch, 1, count, 1))
        # The square of a distance is a sum of products, which the same matrix product makes.
        # What depends on the query alone changes nothing in a softmax.
        queries = self._by_head(queries) * (self.heads / queries.shape[-1]) ** 0.5
        queries = [queries, 2.0 * self.fading * places, ops.ones_like(squares)]
        keys = [self._by_head(keys), places, self.boost * mask - self.fading * squares]
        likeness = ops.matmul(
            ops.concatenate(queries, -1), ops.transpose(ops.concatenate(keys, -1), (0, 1, 3, 2))
        )
        weights = ops.reshape(ops.softmax(likeness), (batch, self.heads * count, count))
        carried = ops.matmul(weights, ops.reshape(hints, (batch, count, channels)))
        carried = ops.reshape(carried, (batch, self.heads, count, channels))
        carried = ops.transpose(carried, (0, 2, 1, 3))
        return ops.reshape(carried, (batch, height, width, self.heads * channels))

    def _by_head(self, x):
        """(N, h, w, heads * D) as (N, heads, h * w, D)."""
        batch, height, width, channels = ops.shape(x)
        x = ops.reshape(x, (batch, height * width, self.heads, channels // self.heads))
        return ops.transpose(x, (0, 2, 1, 3))

    def compute_output_shape(self, input_shape):
        return (*input_shape[2][:-1], self.heads * input_shape[2][-1])

    def get_config(self):
        return {**super().get_config(), "heads": self.heads}


def _luminance(inputs):
    return inputs["luminance"] if isinstance(inputs, dict) else inputs


def _with_neutral(inputs):
    """All inputs by name, with zeros for hints and palette where there is luminance alone."""
    if isinstance(inputs, dict):
        return inputs
    if not keras.utils.is_keras_tensor(inputs):
        # Keras takes no dictionary of arrays and tensors.
        inputs = ops.convert_to_tensor(inputs)
    none = ops.zeros_like(inputs[..., :1])
    palette = ops.zeros_like(none[:, 0, 0])
    return {
        "hints": ops.repeat(none, 3, -1),
        "luminance": inputs,
        "palette": ops.repeat(palette, bins.COUNT + 1, -1),
    }


def _hint_maps(hints):
    """Hints at strides 4, 8, 16 and 32: a, b, -a and -b where above 0, and the mask, at their most,
    times HINT_SCALE.

    A mean would fade with the share of the pixels that are given; this does not, and is exact
    where a cell has one colour.
    """
    chroma, mask = hints[..., :2], hints[..., 2:]
    x = layers.Concatenate(name="hint_signs")([chroma, layers.Rescaling(-1.0)(chroma), mask])
    x = layers.ReLU(name="hint_given")(layers.MaxPooling2D(4, name="hint_stride4")(x))
    maps = [layers.Rescaling(HINT_SCALE, name="hint_scale")(x)]
    for stride in (8, 16, 32):
        maps.append(layers.MaxPooling2D(2, name=f"hint_stride{stride}")(maps[-1]))
    return maps


def _gate(coarsest, palette):
    """(N, 1, 1, 1): 0 without hints and palette, 1 with any of them."""
    hinted = layers.GlobalMaxPooling2D(keepdims=True, name="hint_any")(coarsest)[..., -1:]
    hinted = layers.Rescaling(1 / HINT_SCALE, name="hint_any_given")(hinted)
    given = layers.Reshape((1, 1, 1), name="hint_palette_given")(palette[:, -1:])
    return layers.Maximum(name="hint_gate")([hinted, given])


def _branch(levels, maps, palette, widths):
    """What is to be added to the base's finest features (N, H / 4, W / 4, C).

    Args:
        levels: The base's decoder's, coarse to fine.
        maps: Those of `_hint_maps`, fine to coarse.
        palette: (N, Q + 1).
        widths: Channels, coarse to fine.
    """
    features = [
        layers.Concatenate(name=f"hint_features{index}")([level, hints])
        for index, (level, hints) in enumerate(zip(reversed(levels), maps, strict=True))
    ]
    queries, keys = (
        layers.Conv2D(HEADS * KEY_WIDTH, 1, name=f"hint_{name}")(levels[1])
        for name in ("queries", "keys")
    )
    carried = HintAttention(HEADS, name="hint_attention")([queries, keys, maps[2]])
    features[2] = layers.Concatenate(name="hint_carried")([features[2], carried])
    x = layers.Rescaling(PALETTE_SCALE, name="hint_palette")(ops.sqrt(palette))
    for index, width in enumerate(PALETTE_WIDTHS):
        x = layers.Dense(width, activation="relu6", name=f"hint_palette{index}")(x)
    x = decoder_levels(features, widths, latent=x, prefix="hint_")[-1]
    # From zeros, so that training starts from the base.
    channels = levels[-1].shape[-1]
    return layers.Conv2D(channels, 1, kernel_initializer="zeros", name="hint_correction")(x)
