"""What all models share: presets, checks of the input, the default loss."""

import keras

from kerascolor import presets
from kerascolor.models import saving


class ColorizerModel(keras.Model):
    """A functional model from luminance (N, H, W, 1) to its target.

    The target is chroma (N, H, W, 2) in [-1, 1], or with `color_space="rgb"` RGB (N, H, W, 3) in
    [0, 1]. A subclass builds its graph in `__init__`, calls `super().__init__(inputs, outputs)`,
    then sets `config`, and gives `default_loss`.

    Attributes:
        config: The constructor's arguments.
        color_space: Of the target.
        size_multiple: Of which heights and widths must be multiples.
        photo_loss: What `fit` adds to the loss, such as `losses.PhotoLoss`: a function of
            luminance, target and prediction; None for nothing. It is not saved.
    """

    color_space = "lab"
    size_multiple = 1
    photo_loss = None

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
        """As in Keras; "auto" takes the model's own loss, and the error of the prediction."""
        if loss == "auto":
            loss = self.default_loss()
        if metrics == "auto":
            metrics = [keras.metrics.RootMeanSquaredError(name="rmse")]
        super().compile(optimizer=optimizer, loss=loss, metrics=metrics, **kwargs)

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        judged = self.what_loss_judges(y_pred)
        loss = super().compute_loss(x, y, judged, sample_weight, training)
        return loss if self.photo_loss is None else loss + self.photo_loss(x, y, y_pred)

    def what_loss_judges(self, predicted):
        """What the model's own loss compares with the target: by default the prediction."""
        return predicted

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

    def get_config(self):
        return dict(self.config)

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
        """What is exported: the target of a luminance, from the inputs of `export_inputs`."""
        return self(luminance, training=False)
