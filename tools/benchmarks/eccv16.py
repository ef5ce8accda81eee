"""How much faster a .tflite file is than the architecture that colorization is compared with.

    python -m tools.benchmarks.eccv16 --model classifier --page docs/on-device.md

Builds the network of Zhang, Isola and Efros from the paper's table, writes it as float32, and times
both files, taking turns. Its weights are random, since the time does not depend on them.
"""

import pathlib
import statistics
import tempfile

import keras
from absl import flags
from keras import layers

from kerascolor import presets, program
from kerascolor.evaluation import experiments, pages
from kerascolor.export import litert
from kerascolor.runtime import signature
from tools.benchmarks import timing

FLAGS = flags.FLAGS

THREADS = 2
IMAGE_SIZE = 256
# Convolutions, filters, last convolution's stride, dilation of conv1 to conv7.
BLOCKS = (
    (2, 64, 2, 1),
    (2, 128, 2, 1),
    (3, 256, 2, 1),
    (3, 512, 1, 1),
    (3, 512, 1, 2),
    (3, 512, 1, 2),
    (3, 512, 1, 1),
)
LAST_FILTERS = 256
BINS = 313


def eccv16(image_size=IMAGE_SIZE):
    """The network as a model from L (1, H, W, 1), centred and scaled, to ab (1, H, W, 2).

    As in the authors' release each block ends in batch normalization, behind the ReLU, and conv8
    and the distribution over the bins have a quarter of the resolution.

    Reference:
        Zhang, Isola and Efros, "Colorful Image Colorization", ECCV 2016.
    """
    luminance = x = keras.Input((image_size, image_size, 1), batch_size=1, name="luminance")
    for block, (repeats, filters, stride, dilation) in enumerate(BLOCKS, 1):
        for index in range(1, repeats + 1):
            x = layers.Conv2D(
                filters,
                3,
                stride if index == repeats else 1,
                padding="same",
                dilation_rate=dilation,
                activation="relu",
                name=f"conv{block}_{index}",
            )(x)
        # A new one shifts by nothing, so that LiteRT drops the sum: in the reference's favour.
        x = layers.BatchNormalization(name=f"conv{block}_norm")(x)
    x = layers.Conv2DTranspose(
        LAST_FILTERS, 4, 2, padding="same", activation="relu", name="conv8_1"
    )(x)
    for index in (2, 3):
        x = layers.Conv2D(
            LAST_FILTERS, 3, padding="same", activation="relu", name=f"conv8_{index}"
        )(x)
    x = layers.Conv2D(BINS, 1, activation="softmax", name="bins")(x)
    x = layers.Conv2D(2, 1, use_bias=False, name="mean")(x)
    chroma = layers.UpSampling2D(4, interpolation="bilinear", name="chroma")(x)
    return keras.Model(luminance, chroma, name="eccv16")


def compare(path, runs):
    """Milliseconds of a .tflite file and of the reference.

    Args:
        path: The .tflite file's path.
        runs: Timed runs of each.

    Returns:
        Markdown lines.
    """
    model = eccv16()
    with tempfile.TemporaryDirectory() as folder:
        reference = pathlib.Path(folder) / "eccv16.tflite"
        reference.write_bytes(litert.network(model, signature.NAME))
        times = timing.latencies([path, reference], THREADS, runs)
        sizes = [file.stat().st_size / 1e6 for file in (path, reference)]
    medians = [statistics.median(own) for own in times]
    labels = path.name, f"ECCV16, float32, {model.count_params() / 1e6:.1f} M parameters"
    rows = [["file", "MB", "median ms", "fastest ms", "times the first's"]]
    for label, size, median, own in zip(labels, sizes, medians, times, strict=True):
        figures = f"{median:.2f}", f"{min(own):.2f}", f"{median / medians[0]:.1f}"
        rows.append([label, f"{size:.2f}", *figures])
    return [
        f"{IMAGE_SIZE} x {IMAGE_SIZE}, {THREADS} threads, {runs} runs each, taking turns, on "
        f"{timing.machine()['processor']}:",
        "",
        *pages.markdown_table(rows),
    ]


def main(_):
    path = pathlib.Path(FLAGS.model)
    if path.suffix != ".tflite":
        path = presets.path(FLAGS.model, "tflite")
    if not path.is_file():
        raise FileNotFoundError(f"{path}: no such file")
    experiments.publish(compare(path, FLAGS.runs))


def define_flags():
    flags.DEFINE_string("model", "classifier", "Preset or .tflite file.")
    flags.DEFINE_integer("runs", 30, "Timed runs of each file.", lower_bound=3)
    experiments.define_page_flags("reference")


if __name__ == "__main__":
    program.run(main, define_flags)
