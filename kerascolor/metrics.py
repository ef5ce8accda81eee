"""How close a colorized photo comes to its original.

A photo is RGB (H, W, 3), uint8. The figures of one pair are floats; LPIPS works on batches.
"""

import pathlib
import zipfile
from functools import cache

import cv2
import numpy as np
from ai_edge_litert.interpreter import Interpreter
from skimage.color import deltaE_ciede2000
from skimage.metrics import structural_similarity

from kerascolor import color

# Largest ab error on the cumulative curve (Zhang et al. 2016, section 3.1).
LARGEST_ERROR = 150.0
# A bin that photos hardly ever fill would otherwise count up to a million times what grey does,
# and a handful of pixels decide the figure.
RAREST_BIN = 1e-5


def mean_squared_error(result, original):
    """Mean squared error over all pixels and channels, of RGB in [0, 1]."""
    return float(np.mean((result.astype(np.float32) - original) ** 2)) / 255.0**2


def psnr(result, original):
    """Peak signal-to-noise ratio over RGB in dB; the rounding to 8 bits bounds it at 58.9."""
    rounding = 1 / (12 * 255**2)
    return float(-10.0 * np.log10(max(mean_squared_error(result, original), rounding)))


def ssim(result, original):
    """Structural similarity over RGB (Wang et al. 2004), scikit-image's 7 x 7 windows."""
    return float(structural_similarity(result, original, channel_axis=-1))


def lab(rgb):
    """CIE L*a*b* (H, W, 3), float32, of a photo."""
    return color.unscale(*color.rgb_to_luminance_chroma(np.float32(rgb) / 255.0), "lab")


def ciede2000(result, original):
    """Mean colour difference CIEDE2000 of photos given in Lab (H, W, 3)."""
    return float(np.mean(deltaE_ciede2000(original, result)))


def colorfulness(rgb):
    """Colourfulness of a photo: 0 for grey, about 40 for photos (Hasler and Suesstrunk 2003)."""
    red, green, blue = np.moveaxis(np.float32(rgb), -1, 0)
    red_green = red - green
    yellow_blue = (red + green) / 2 - blue
    spread = np.hypot(red_green.std(), yellow_blue.std())
    return float(spread + 0.3 * np.hypot(red_green.mean(), yellow_blue.mean()))


def auc(result, original):
    """Area under the curve of correctly coloured pixels, in percent (Zhang et al. 2016).

    The curve gives, for each error from 0 to 150, the share of pixels whose distance in a and b
    is not larger. `result` and `original` are Lab (H, W, 3).
    """
    return float(np.mean(_area(result, original)))


def rebalanced_auc(result, original):
    """The same with each pixel weighted by the inverse of its colour's frequency in photos.

    Returns:
        (area in percent, sum of the weights): over several photos the areas are averaged with
        the sums as weights.
    """
    weight = _bin_weights()[tuple(_bin_index(original).T)]
    area = _area(result, original).ravel()
    return float(np.average(area, weights=weight)), float(weight.sum())


def _area(result, original):
    """Each pixel's share (H, W) of the area in percent: its step lies at its error."""
    error = np.linalg.norm(result[..., 1:] - original[..., 1:], axis=-1)
    return 100.0 * (1.0 - np.minimum(error, LARGEST_ERROR) / LARGEST_ERROR)


def _bin_index(pixels):
    """Row and column (H * W, 2), in `_bin_weights`, of the bin nearest to each Lab pixel."""
    from kerascolor import bins

    nearest = np.rint(pixels[..., 1:] / bins.GRID).astype(int)
    return nearest.reshape(-1, 2) + len(_bin_weights()) // 2


@cache
def _bin_weights():
    """Rebalancing weights on the square grid of a and b (Zhang et al., equation 4, lambda 0)."""
    from kerascolor import bins

    rows = np.rint(bins.CENTERS * color.CHROMA_RANGE["lab"][0] / bins.GRID).astype(int)
    reach = np.abs(rows).max()
    weights = np.zeros((2 * reach + 1, 2 * reach + 1))
    weights[tuple((rows + reach).T)] = 1.0 / np.maximum(bins.prior(), RAREST_BIN)
    return weights


class LPIPS:
    """Learned perceptual distance of two photos, version 0.1 on AlexNet: 0 for equal ones.

    Args:
        weights_file: npz with the convolutions `convN/kernel` (height, width, in, out) and
            `convN/bias` and the heads `linearN/weight`, N from 1 to 5.

    Raises:
        ValueError: The file is missing, no npz, or lacks a weight.

    Example:
        >>> distance = LPIPS("lpips_alexnet.npz")(result, original)  # (N,) of (N, H, W, 3)

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

    def __init__(self, weights_file):
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
        from keras import ops

        first, second = np.float32(first) / 255.0, np.float32(second) / 255.0
        return ops.convert_to_numpy(self.distances(first, second))

    def distances(self, first, second):
        """Distances (N,) of RGB tensors (N, H, W, 3) in [0, 1], with their gradients."""
        from keras import ops

        distances = 0.0
        layers = zip(self._features(first), self._features(second), strict=True)
        for n, (one, other) in enumerate(layers, 1):
            difference = ops.square(one - other) * self.weights[f"linear{n}/weight"]
            distances += ops.mean(ops.sum(difference, axis=-1), axis=(1, 2))
        return distances

    def _features(self, rgb):
        """The five convolutions' outputs, each pixel scaled to unit length."""
        from keras import ops

        x = (2.0 * rgb - 1.0 - self.SHIFT) / self.SCALE
        for n, (stride, padding) in enumerate(self.LAYERS, 1):
            if n in self.POOLED:
                x = ops.max_pool(x, 3, 2)
            x = ops.pad(x, ((0, 0), (padding, padding), (padding, padding), (0, 0)))
            x = ops.conv(x, self.weights[f"conv{n}/kernel"], stride)
            x = ops.relu(x + self.weights[f"conv{n}/bias"])
            # The small number is inside the root, where it keeps the gradient at 0 finite.
            yield x / ops.sqrt(ops.sum(ops.square(x), axis=-1, keepdims=True) + 1e-10)


class ImageClassifier:
    """What a .tflite classifier takes a photo for, to see whether colours help or mislead it.

    Args:
        path: File with one input (1, H, W, 3), RGB. A float one takes (rgb - 127) / 128, rgb in
            0 to 255, as EfficientNet-Lite does; an integer one the same by its quantization, or,
            where that has nothing below 0, the levels 0 to 255 over its whole range. The first
            output has a score for each class, (1, classes).

    Raises:
        ValueError: The file is missing, no .tflite file, or has other inputs or outputs.

    Example:
        >>> classify = ImageClassifier("classifier.tflite")
        >>> classify(result) == classify(original)
    """

    def __init__(self, path):
        try:
            self.interpreter = Interpreter(str(path))
            self.interpreter.allocate_tensors()
        except (ValueError, RuntimeError) as error:
            reason = "not a .tflite file" if pathlib.Path(path).is_file() else "no such file"
            raise ValueError(f"{path}: {reason}: --classifier takes a classifier's") from error
        self.input, *others = self.interpreter.get_input_details()
        self.output = self.interpreter.get_output_details()[0]
        shape, scores = self.input["shape"].tolist(), self.output["shape"].tolist()
        if others or len(shape) != 4 or (shape[0], shape[3]) != (1, 3) or len(scores) != 2:
            raise ValueError(
                f"{path} is no classifier: it takes {1 + len(others)} inputs, the first {shape}, "
                f"and gives {scores}, but [1, H, W, 3] and [1, classes] are needed"
            )

    def __call__(self, rgb):
        """The class, an integer, of a photo (H, W, 3) uint8, which is brought to the input size."""
        _, height, width, _ = self.input["shape"].tolist()
        smaller = height < rgb.shape[0] or width < rgb.shape[1]
        interpolation = cv2.INTER_AREA if smaller else cv2.INTER_CUBIC
        resized = cv2.resize(rgb, (width, height), interpolation=interpolation)
        self.interpreter.set_tensor(self.input["index"], self._values(resized)[None])
        self.interpreter.invoke()
        return int(np.argmax(self.interpreter.get_tensor(self.output["index"])))

    def _values(self, rgb):
        """A photo's levels as the input's type has them."""
        kind = self.input["dtype"]
        values = (rgb - np.float32(127)) / 128
        if kind == np.float32:
            return values
        lowest, highest = np.iinfo(kind).min, np.iinfo(kind).max
        scale, zero = self.input["quantization"]
        if zero == lowest:
            return (np.int16(rgb) + lowest).astype(kind)
        return np.clip(np.rint(values / scale + zero), lowest, highest).astype(kind)
