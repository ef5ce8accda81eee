"""How often each ab bin occurs in photos: `python -m tools.prior --photos DIR`.

Writes one frequency a line, in the order of `bins.CENTERS`, as Zhang et al. (2016, section 2.2)
do: counted over a training set, then smoothed by a Gaussian of 5 units of a and b.
"""

import pathlib

import cv2
import numpy as np
from absl import flags
from tqdm import tqdm

from kerascolor import bins, color, data, program

FLAGS = flags.FLAGS

SIGMA = 5.0  # Deviation of the smoothing Gaussian, in units of a and b (Zhang et al., section 2.2).
RAREST = 1e-8  # Least frequency, so that its inverse exists.
SHORT_SIDE = 64  # Pixels of a photo's short side: plenty for the share of each colour.


def encode(chroma):
    """Sums the bilinear weights of Lab `chroma` (P, 2), as NumPy, to counts (Q,) of the bins."""
    grid = np.rint(bins.CENTERS * color.CHROMA_RANGE["lab"][0] / bins.GRID).astype(int)
    origin = grid.min(axis=0)
    counts = np.zeros(grid.max(axis=0) - origin + 1)
    position = chroma * (color.CHROMA_RANGE["lab"][0] / bins.GRID) - origin
    # A colour on the last grid line is the far end of the cell before it.
    cell = np.clip(np.floor(position).astype(int), 0, np.array(counts.shape) - 2)
    share = position - cell
    for da in (0, 1):
        for db in (0, 1):
            weight = np.abs(1 - da - share[:, 0]) * np.abs(1 - db - share[:, 1])
            np.add.at(counts, (cell[:, 0] + da, cell[:, 1] + db), weight)
    return counts[tuple((grid - origin).T)]


def smooth(counts):
    """Frequencies (Q,) that sum to 1: `counts` (Q,) smoothed over neighbouring bins."""
    ab = bins.CENTERS * color.CHROMA_RANGE["lab"][0]
    distance = np.sum((ab[:, None] - ab) ** 2, axis=-1)
    kernel = np.exp(-distance / (2 * SIGMA**2))
    # Each bin gives all of its count away, also at the gamut's edge.
    smoothed = (kernel / kernel.sum(axis=0)) @ counts
    frequency = np.maximum(smoothed / smoothed.sum(), RAREST)
    return frequency / frequency.sum()


def photo_counts(file):
    """Counts (Q,) of the bins in the photo `file`, with sum 1, or None if it can't be read."""
    rgb = data.read(file)
    if rgb is None:
        return None
    factor = min(1.0, SHORT_SIDE / min(rgb.shape[:2]))
    rgb = cv2.resize(rgb, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    _, chroma = color.rgb_to_luminance_chroma(rgb / np.float32(255))
    counts = encode(chroma.reshape(-1, 2))
    return counts / counts.sum()


def prior(folder, split):
    """Frequencies (Q,) of the bins in the photos of `folder`, and how many photos were counted.

    Raises:
        ValueError, OSError: There are no photos, or none that can be decoded.
    """
    paths = data.find_photos(folder, split)
    counts = [photo_counts(path) for path in tqdm(paths, unit="photo", disable=None)]
    readable = [count for count in counts if count is not None]
    if not readable:
        raise ValueError(f"{folder}: none of its photos can be decoded")
    return smooth(np.sum(readable, axis=0)), len(readable)


def main(_):
    output = pathlib.Path(FLAGS.output or pathlib.Path(bins.__file__).with_name("bins_prior.csv"))
    frequency, count = prior(FLAGS.photos, FLAGS.split)
    output.write_text("".join(f"{value:.6e}\n" for value in frequency))
    print(f"{output}: how often {bins.COUNT} bins occur in {count} photos")


def define_flags():
    flags.DEFINE_string("photos", None, "Folder of colour photos.", required=True)
    flags.DEFINE_string("split", "train", "Which of its photos count.")
    flags.DEFINE_string("output", None, "CSV file; the package's own one if not given.")


if __name__ == "__main__":
    program.run(main, define_flags)
