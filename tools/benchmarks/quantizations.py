"""Exports models in every quantization and shows what each costs: size, time, quality.

    python -m tools.benchmarks.quantizations --models classifier,unet --photos DIR \\
        --page docs/on-device.md

Quality is the proof's: how close the file's photos come to the Keras model's. Time is relative to
the same model's file without quantization, in one run, on two threads.
"""

import pathlib
import tempfile

from absl import flags

from kerascolor import export, program
from kerascolor.evaluation import experiments, pages
from kerascolor.export import quantize, source
from tools.benchmarks import latency

FLAGS = flags.FLAGS

HEAD = (
    "model, quantization",
    "MB",
    "time",
    "PSNR (dB)",
    "of the worst photo",
    "CIEDE2000, 99 %",
    "largest",
    "not on XNNPACK",
)


def export_all(names, folder, photos, image_size):
    """Writes each model in each quantization into `folder`.

    Args:
        names: Presets, .weights.h5 or .keras files.
        photos: Folder for calibration and proof.

    Returns:
        For each model's name, the description of each quantization's file by its path.

    Raises:
        export.ExportError: A file falls short of its proof.
    """
    found = {}
    for name in names:
        model, options = source.load(name, photos)
        label = pages.run_name(name)
        found[label] = {}
        for quantization in quantize.MODES:
            path = folder / f"{label}-{quantization}.tflite"
            found[label][path] = export.tflite(
                model, path, quantization, photos, image_size, options
            )
    return found


def rows(found, runs):
    """Rows of the table, the head first, from what `export_all` returns."""
    table = [HEAD]
    for label, files in found.items():
        speeds = latency.benchmark(list(files), runs)
        for (path, description), speed in zip(files.items(), speeds, strict=True):
            proof = description["proof"]
            left = proof["not_on_xnnpack"]
            table.append(
                [
                    f"{label}, {description['quantization']}",
                    f"{path.stat().st_size / 1e6:.2f}",
                    f"{speed['latency_ms']['2']['ratio']:.2f}",
                    f"{proof['psnr']:.1f}",
                    f"{proof['lowest_psnr']:.1f}",
                    f"{proof['ciede2000_99th_percentile']:.2f}",
                    f"{proof['largest_ciede2000']:.1f}",
                    ", ".join(f"{count} {kind}" for kind, count in left.items()) or "none",
                ]
            )
    return table


def main(_):
    with tempfile.TemporaryDirectory() as folder:
        found = export_all(FLAGS.models, pathlib.Path(folder), FLAGS.photos, FLAGS.image_size)
        experiments.publish(pages.markdown_table(rows(found, FLAGS.runs)))


def define_flags():
    flags.DEFINE_list("models", None, "Presets or weights files.", required=True)
    flags.DEFINE_string("photos", None, "At least 100, to calibrate and prove on.", required=True)
    flags.DEFINE_integer("image_size", 256, "Height and width of a photo.", 32, 512)
    flags.DEFINE_integer("runs", 50, "Timed runs of each file.", lower_bound=30)
    experiments.define_page_flags("quantizations")


if __name__ == "__main__":
    program.run(main, define_flags)
