"""What all models share: what they take and give, presets, checks, the default loss."""

import dataclasses
import pathlib

import keras
from keras import ops

from kerascolor import color, presets
from kerascolor.models import saving


@dataclasses.dataclass(frozen=True)
class TargetSpec:
    """What a model gives: the chroma of a colour space; with "rgb" RGB whose chroma alone is used;
    with "visible" RGB that is used as a whole, for the model sees infrared.

    Args:
        color_space: "lab", "yuv", "rgb" or "visible".

    Raises:
        ValueError: An unknown colour space.
    """

    color_space: str

    def __post_init__(self):
        color.check_color_space(self.color_space)

    @property
    def name(self):
        """The target's name in exported files."""
        return "rgb" if self.channels == 3 else "chroma"

    @property
    def channels(self):
        return color.TARGET_CHANNELS[self.color_space]


class ColorizerModel(keras.Model):
    """A functional model from the photo that it sees (N, H, W, 1) to its target.

    The target is chroma (N, H, W, 2) in [-1, 1], or RGB (N, H, W, 3) in [0, 1]. A subclass builds
    its graph in `__init__`, calls `super().__init__(inputs, outputs)`, then sets `config`, and
    gives `default_loss`.

    Attributes:
        config: The constructor's arguments.
        target_spec: What it gives, a `TargetSpec`.
        size_multiple: Heights and widths must be multiples of this.
        takes_temperature: Whether `colorize` takes the temperature of an annealed mean.
        takes_noise: Whether `colorize` takes noise, so that `sample` draws several colorizations.
        takes_hints: Whether it also takes colours given by hand, as `data.hints` draws them.
        further_outputs: What `exported` gives beside the target, by the names that
            `runtime.signature` has.
        gives: What a loss can judge, by the names that losses have in `judges`.
        photo_loss: What `fit` and `evaluate` add to the loss, such as `losses.PhotoLoss`: a
            function of luminance, target and prediction; None for nothing. It is not saved.
    """

    target_spec = TargetSpec("lab")
    size_multiple = 1
    takes_temperature = False
    takes_noise = False
    takes_hints = False
    further_outputs = ()
    gives = ("prediction",)
    photo_loss = None

    @property
    def color_space(self):
        """The colour space of the target."""
        return self.target_spec.color_space

    @property
    def takes_infrared(self):
        """Whether the model sees an infrared picture, and not the luminance of a photo."""
        return color.is_whole(self.color_space)

    @classmethod
    def from_preset(cls, name, **overrides):
        """The pretrained model `name`.

        Args:
            name: A preset of this class; `kerascolor models` lists them.
            **overrides: Constructor's arguments that differ from the preset's, as long as the
                weights still fit.

        Raises:
            presets.PresetError: For an unknown name, another class's preset or a damaged file.
        """
        if pathlib.Path(name).suffix:
            raise presets.PresetError(
                f"{name} is a file, not a preset: load it by kerascolor.models.load"
            )
        model = saving.load(presets.path(name, "weights"), **overrides)
        if not isinstance(model, cls):
            raise presets.PresetError(
                f"preset {name!r} is a {type(model).__name__}: use {type(model).__name__}"
                f".from_preset({name!r})"
            )
        return model

    def default_loss(self):
        """The loss of `compile(loss="auto")`."""
        raise NotImplementedError

    def compile(self, optimizer="adam", loss="auto", metrics="auto", **kwargs):
        """As in Keras; "auto" takes the model's own loss, and the error of the prediction.

        Raises:
            ValueError: A loss that judges what this model does not give.
        """
        if loss == "auto":
            loss = self.default_loss()
        self._check_loss(loss)
        if metrics == "auto":
            metrics = [keras.metrics.RootMeanSquaredError(name="rmse")]
        super().compile(optimizer=optimizer, loss=loss, metrics=metrics, **kwargs)

    def _check_loss(self, loss):
        judged = getattr(loss, "judges", "prediction")
        if judged == "photo":
            raise ValueError(
                f"{type(loss).__name__} is added to a model's own loss: set model.photo_loss to it"
            )
        if judged not in self.gives:
            raise ValueError(
                f"{type(loss).__name__} judges {judged}, which {type(self).__name__} does not give"
            )

    def fit(self, x=None, *args, **kwargs):
        """As in Keras, without its warning that a dataset has an order of its own."""
        if getattr(x, "element_spec", None) is not None:
            kwargs.setdefault("shuffle", False)
        return super().fit(x, *args, **kwargs)

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        self.check_target(y)
        given = self.judged(x, y_pred, training)
        own = given[getattr(self.loss, "judges", "prediction")]
        if sample_weight is not None and len(sample_weight.shape) == 1:
            # One for each photo; Keras wants one for each value of the loss.
            sample_weight = ops.reshape(sample_weight, (-1, 1, 1))
        loss = super().compute_loss(x, y, own, sample_weight, training)
        return loss + self.loss_of_photos(x, y, given["prediction"])

    def judged(self, luminance, given, training):
        """What losses can judge, by the names in `gives`, of what `call` gave for a batch."""
        return {"prediction": given}

    def loss_of_photos(self, luminance, target, predicted):
        """What `photo_loss` adds to the loss of a batch; 0 without one."""
        if self.photo_loss is None:
            return 0.0
        space = getattr(self.photo_loss, "color_space", self.color_space)
        if space != self.color_space:
            raise ValueError(
                f"photo_loss has color_space {space!r}: {type(self).__name__} gives "
                f"{self.color_space!r}"
            )
        return self.photo_loss(luminance, target, predicted)

    def compile_from_config(self, config):
        self.compile(**keras.saving.deserialize_keras_object(config))
        if self.optimizer is not None:
            self.optimizer.build(self.trainable_variables)

    def __call__(self, luminance, *args, **kwargs):
        self.check_luminance(luminance)
        return super().__call__(luminance, *args, **kwargs)

    def check_luminance(self, luminance):
        """Raises ValueError unless `luminance` has a shape that this model takes."""
        shape = tuple(luminance.shape)
        if len(shape) != 4 or shape[-1] != 1:
            raise ValueError(f"{type(self).__name__} takes luminance (N, H, W, 1), got {shape}")
        multiple = self.size_multiple
        if any(size is not None and size % multiple for size in shape[1:3]):
            raise ValueError(
                f"{type(self).__name__} takes heights and widths that are multiples of "
                f"{multiple}, got {shape[1]} x {shape[2]}"
            )

    def check_target(self, target):
        """Raises ValueError unless `target` has the channels that this model gives."""
        channels = self.target_spec.channels
        shape = tuple(target.shape)
        if len(shape) != 4 or shape[-1] != channels:
            raise ValueError(
                f"{type(self).__name__} learns {self.target_spec.name} (N, H, W, {channels}), got "
                f"{shape}: data.photos gives it with color_space={self.color_space!r}"
            )

    def save_weights(self, filepath, *args, **kwargs):
        """As in Keras; `models.load` takes a .weights.h5 file that this wrote."""
        super().save_weights(filepath, *args, **kwargs)
        if str(filepath).endswith(".h5"):
            saving.describe(self, filepath)

    def export(self, *args, **kwargs):
        """Raises ValueError, which names what to call instead: Keras's own exports fail."""
        raise ValueError(
            f"export {type(self).__name__} by kerascolor.export.tflite or "
            "kerascolor.export.saved_model"
        )

    def get_config(self):
        return dict(self.config)

    @classmethod
    def from_config(cls, config, custom_objects=None):
        return saving.build({"class_name": cls.__name__, "config": config})

    def start_from(self, source):
        """Copies the weights of all layers that `source`, any Keras model, has alike.

        Returns:
            Number of weights copied.

        Raises:
            ValueError: The models have nothing in common.
        """
        found = {variable.path: variable for variable in source.weights}
        copied = 0
        for variable in self.weights:
            twin = found.get(variable.path)
            if twin is not None and twin.shape == variable.shape:
                variable.assign(twin)
                copied += 1
        if not copied:
            raise ValueError(
                f"{type(self).__name__} has no layer in common with {type(source).__name__}"
            )
        return copied

    def export_inputs(self, image_size):
        """Shapes of the exported signature's inputs by name, for one photo (height, width)."""
        return {"luminance": (1, *image_size, 1)}

    def colorize(self, luminance):
        """The target of a luminance, from the inputs of `export_inputs`."""
        return self(luminance, training=False)

    def exported(self, **inputs):
        """The exported signature's outputs by name, from the inputs of `export_inputs`."""
        return {self.target_spec.name: self.colorize(**inputs)}
