"""LPIPS, the perceptual distance of photos."""

import pathlib
import zipfile

import numpy as np
from keras import ops

WEIGHTS = pathlib.Path(__file__).parent / "weights" / "lpips_alexnet.npz"


class LPIPS:
    """Learned perceptual distance of two photos, version 0.1 on AlexNet: 0 for equal ones.

    Args:
        weights_file: By default the weights that come with this package. Another npz needs the
            convolutions `convN/kernel` (height, width, in, out) and `convN/bias` and the heads
            `linearN/weight`, N from 1 to 5.

    Raises:
        ValueError: The file is missing, no npz, or lacks a weight.

    Example:
        >>> distance = LPIPS()(result, original)  # (N,) of (N, H, W, 3)

    Reference:
        Zhang et al., "The Unreasonable Effectiveness of Deep Features as a Perceptual Metric",
        CVPR 2018.
    """

    # Strides and padding of AlexNet's convolutions; 3 x 3 max-pooling comes before two of them.
    LAYERS = ((4, 2), (1, 2), (1, 1), (1, 1), (1, 1))
    POOLED = (2, 3)
    # Mean and deviation of ImageNet, for RGB in [-1, 1].
    SHIFT = np.array([-0.030, -0.088, -0.188], np.float32)
    SCALE = np.array([0.458, 0.448, 0.450], np.float32)

    def __init__(self, weights_file=WEIGHTS):
        names = [f"conv{n}/{kind}" for n in range(1, 6) for kind in ("kernel", "bias")]
        names += [f"linear{n}/weight" for n in range(1, 6)]
        try:
            with np.load(weights_file) as arrays:
                self.weights = {name: arrays[name].astype(np.float32) for name in names}
        except FileNotFoundError as error:
            raise ValueError(f"{weights_file}: no such file of LPIPS weights") from error
        except (KeyError, TypeError, ValueError, OSError, EOFError, zipfile.BadZipFile) as error:
            raise ValueError(f"{weights_file}: not a file of LPIPS weights: {error}") from error

    def __call__(self, first, second):
        """Distances (N,) of RGB batches (N, H, W, 3), uint8; one of them may have N = 1."""
        first, second = np.float32(first) / 255.0, np.float32(second) / 255.0
        return ops.convert_to_numpy(self.distances(first, second))

    def distances(self, first, second):
        """Distances (N,) of RGB tensors (N, H, W, 3) in [0, 1], with their gradients."""
        distances = 0.0
        layers = zip(self._features(first), self._features(second), strict=True)
        for n, (one, other) in enumerate(layers, 1):
            difference = ops.square(one - other) * self.weights[f"linear{n}/weight"]
            distances += ops.mean(ops.sum(difference, axis=-1), axis=(1, 2))
        return distances

    def _features(self, rgb):
        """The five convolutions' outputs, each pixel scaled to unit length."""
        x = (2.0 * rgb - 1.0 - self.SHIFT) / self.SCALE
        for n, (stride, padding) in enumerate(self.LAYERS, 1):
            if n in self.POOLED:
                x = ops.max_pool(x, 3, 2)
            x = ops.pad(x, ((0, 0), (padding, padding), (padding, padding), (0, 0)))
            x = ops.conv(x, self.weights[f"conv{n}/kernel"], stride)
            x = ops.relu(x + self.weights[f"conv{n}/bias"])
            # The small number is inside the root, where it keeps the gradient at 0 finite.
            yield x / ops.sqrt(ops.sum(ops.square(x), axis=-1, keepdims=True) + 1e-10)
