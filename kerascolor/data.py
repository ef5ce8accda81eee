"""Photos in a folder -> tf.data batches of (luminance, target)."""

import csv
import hashlib
import os
import pathlib
import warnings

import cv2
import numpy as np

from kerascolor import color, optional

optional.check(__name__, "train", "tensorflow", "tensorflow_io")

import tensorflow as tf

from kerascolor import crops
from kerascolor.pairs import find_pairs as find_pairs
from kerascolor.pairs import make_infrared as make_infrared
from kerascolor.pairs import pairs as pairs
from kerascolor.simulated_hints import hints as hints

with warnings.catch_warnings():
    # Its native operations do not load with today's TensorFlow; its colour conversion does.
    warnings.simplefilter("ignore")
    import tensorflow_io as tfio

EXTENSIONS = (".jpg", ".jpeg", ".png", ".webp", ".bmp")
VALIDATION_SHARE = 0.2
# Lowest and highest JPEG quality of a degraded photo.
JPEG_QUALITY = (15.0, 95.0)


def photos(folder, image_size=160, batch_size=16, color_space="lab", training=True, split=None):
    """Batches of (luminance, target) from the photos in a folder.

    Args:
        folder: Searched recursively for JPEG, PNG, WebP and BMP of 24 bits. A `manifest.csv` in it
            with the columns `file` and `split` decides which photos are for training and
            validation; without one a hash of each file's name puts a fifth into validation.
        image_size: Height and width of the batches.
        batch_size: Photos in a batch.
        color_space: "lab", "yuv" or "rgb"; `make_infrared` goes on from the last.
        training: True gives random crops and flips in a random order;
            False centre squares in the order of their names.
        split: "train", "val", "all" or another of the manifest's; by default "train" where
            `training`, else "val".

    Returns:
        `tf.data.Dataset` of luminance (N, H, W, 1) in [0, 1] and target: chroma (N, H, W, 2) in
        [-1, 1], or RGB (N, H, W, 3) in [0, 1] where `color_space` is "rgb".

    Raises:
        FileNotFoundError: The folder is missing, or has no photos for the split.
        ValueError: An unknown colour space or split.

    Order and crops are the same again after the same `keras.utils.set_random_seed`.

    A file that is no photo is named in a warning and left out. In the place of one that is damaged
    further inside, which TensorFlow's log names, another photo is given again. The pipeline runs no
    Python, so that a program may end while it is in use.

    Example:
        >>> training = kerascolor.data.photos("photos").apply(kerascolor.data.degrade(0.2))
        >>> model.fit(training, validation_data=kerascolor.data.photos("photos", training=False))
    """
    color.check_color_space(color_space)
    split = split or ("train" if training else "val")
    paths = find_photos(folder, split)
    decoders = crops.decoders(paths)
    paths = [
        str(path) for path, decoder in zip(paths, decoders, strict=True) if decoder is not None
    ]
    decoders = [decoder for decoder in decoders if decoder is not None]
    if not paths:
        raise FileNotFoundError(f"{folder}: none of its photos can be decoded")

    dataset = tf.data.Dataset.from_tensor_slices((paths, decoders))
    if training:
        dataset = dataset.shuffle(len(paths))
    seeds = tf.data.Dataset.random(rerandomize_each_iteration=True)
    # The second time round stands in for damaged photos.
    dataset = tf.data.Dataset.zip(dataset.repeat(2), seeds)

    def load(photo, photo_seed):
        pixels = crops.upright(*photo)
        crop = crops.random_crop(pixels, photo_seed) if training else crops.centre_square(pixels)
        return crops.resize(crop, image_size)

    def finish(pixels):
        return convert(pixels / 255.0, color_space)

    dataset = dataset.map(load, num_parallel_calls=tf.data.AUTOTUNE)
    dataset = crops.batch(dataset, len(paths), batch_size, training)
    return dataset.map(finish, num_parallel_calls=tf.data.AUTOTUNE).prefetch(tf.data.AUTOTUNE)


def degrade(share):
    """What makes some photos of a data set old: the transformation for its `apply`.

    Their luminance is faded, blurred, grained and saved as a poor JPEG, as in scans of old photos;
    the target stays clean.

    Args:
        share: The share of such photos, in [0, 1].

    Returns:
        Function from a data set of batches, as `photos` gives them, to another one.

    Raises:
        ValueError: The share is out of its range.
    """
    if not 0 <= share <= 1:
        raise ValueError(f"share is {share}: give a number from 0 to 1")

    def transform(luminance_and_target, seed):
        luminance, target = luminance_and_target
        return degrade_luminance(luminance, share, tf.cast([seed, 0], tf.int32)), target

    def apply(dataset):
        seeds = tf.data.Dataset.random(rerandomize_each_iteration=True)
        dataset = tf.data.Dataset.zip(dataset, seeds)
        dataset = dataset.map(transform, num_parallel_calls=tf.data.AUTOTUNE)
        return dataset.prefetch(tf.data.AUTOTUNE)

    return apply


def find_photos(folder, split="all"):
    """Sorted paths of the photos of a split: "train", "val", "all", or another of the manifest's.

    Raises:
        FileNotFoundError: The folder is missing, or has no photos for the split.
        ValueError: An unknown split.
    """
    folder = pathlib.Path(folder)
    if not folder.is_dir():
        raise FileNotFoundError(f"{folder} is not a folder: name one with photos")
    found = sorted(p for p in folder.rglob("*") if p.suffix.lower() in EXTENSIONS)
    if not found:
        raise FileNotFoundError(f"{folder} has no photos: {', '.join(EXTENSIONS)} are looked for")
    splits = read_manifest(folder, "split", needed=True)
    known = ["train", "val", "all", *sorted({*splits.values()} - {"train", "val"})]
    if split not in known:
        raise ValueError(f"split {split!r} is unknown: use {', '.join(known)}")
    chosen = [p for p in found if split in ("all", _split_of(p, folder, splits))]
    if not chosen:
        raise FileNotFoundError(
            f"{folder} has {len(found)} photos, but none for {split}: add photos, or a "
            "manifest.csv with the columns file and split"
        )
    return chosen


def spread(paths, count):
    """At most `count` of `paths`, or all with None; evenly spaced, for names often go by kind."""
    if count is None or len(paths) <= count:
        return paths
    return [paths[index * len(paths) // count] for index in range(count)]


def read_manifest(folder, column, needed=False):
    """What a folder's manifest.csv says of each file in a column, where it says anything.

    Args:
        folder: With photos, and perhaps a manifest.csv.
        column: Such as "split" or "content".
        needed: Whether a manifest must have the column.

    Returns:
        Dict by the column `file`; empty without a manifest.

    Raises:
        ValueError: The manifest lacks the column, or the column `file`, and both are needed.
    """
    manifest = pathlib.Path(folder) / "manifest.csv"
    if not manifest.is_file():
        return {}
    with manifest.open(newline="", encoding="utf-8") as file:
        rows = csv.DictReader(file)
        if needed and not {"file", column} <= set(rows.fieldnames or ()):
            raise ValueError(f"{manifest} lacks the columns file and {column}")
        return {row["file"]: row[column] for row in rows if row.get(column)}


def _split_of(path, folder, splits):
    name = path.relative_to(folder).as_posix()
    if splits:
        return splits.get(name)
    first = hashlib.sha256(name.encode()).digest()[0]
    return "val" if first < 256 * VALIDATION_SHARE else "train"


def read(path):
    """RGB pixels (H, W, 3), uint8, of a photo file; None if it can't be read or decoded."""
    try:
        return cv2.imread(os.fspath(path), cv2.IMREAD_COLOR_RGB)
    except cv2.error:
        return None


def centre_square(pixels):
    """The largest centred square of pixels (H, W, ...)."""
    height, width = pixels.shape[:2]
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    return pixels[top : top + side, left : left + side]


def resize(pixels, image_size):
    """Pixels brought to (image_size, image_size, C): averaged down, or bicubic up."""
    smaller = image_size < max(pixels.shape[:2])
    interpolation = cv2.INTER_AREA if smaller else cv2.INTER_CUBIC
    pixels = np.ascontiguousarray(pixels)
    return cv2.resize(pixels, (image_size, image_size), interpolation=interpolation)


def convert(rgb, color_space):
    """Luminance and target of RGB tensors (N, H, W, 3) in [0, 1]."""
    if color_space == "lab":
        return color.scale(tfio.experimental.color.rgb_to_lab(rgb), "lab")
    luminance, chroma = color.scale(tf.tensordot(rgb, color.RGB_TO_YUV.T, 1), "yuv")
    return luminance, rgb if color.TARGET_CHANNELS[color_space] == 3 else chroma


def degrade_luminance(luminance, share, seed):
    """Fades, blurs and grains a share of the luminances (N, H, W, 1), as time does to photos, and
    leaves traces of JPEG in them, as scanners do."""

    def draw(index, low, high):
        shape = (tf.shape(luminance)[0], 1, 1, 1)
        return tf.random.stateless_uniform(shape, seed + index, low, high)

    gamma = tf.exp(draw(0, -0.4, 0.4))
    black, white = draw(1, 0.0, 0.25), draw(2, 0.75, 1.0)
    faded = black + (white - black) * luminance**gamma
    blurred = tf.nn.avg_pool2d(faded, 3, 1, "SAME")
    faded += draw(3, 0.0, 1.0) * (blurred - faded)
    grain = tf.random.stateless_normal(tf.shape(luminance), seed + 4)
    faded = tf.clip_by_value(faded + draw(5, 0.0, 0.05) * grain, 0.0, 1.0)
    quality = tf.cast(draw(7, *JPEG_QUALITY), tf.int32)[:, 0, 0, 0]
    faded = tf.map_fn(
        lambda photo: tf.image.adjust_jpeg_quality(*photo),
        (faded, quality),
        fn_output_signature=tf.float32,
    )
    faded = tf.ensure_shape(faded, luminance.shape)
    return tf.where(draw(6, 0.0, 1.0) < share, faded, luminance)
