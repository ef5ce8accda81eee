"""Photos in a folder -> tf.data batches of (luminance, target)."""

import csv
import hashlib
import os
import pathlib
import re
import warnings

import cv2
import numpy as np
import tensorflow as tf

from kerascolor import color
from kerascolor.simulated_hints import hints as hints

with warnings.catch_warnings():
    # Its native operations do not load with today's TensorFlow; its colour conversion does.
    warnings.simplefilter("ignore")
    import tensorflow_io as tfio

EXTENSIONS = (".jpg", ".jpeg", ".png", ".webp", ".bmp")
VALIDATION_SHARE = 0.2
# A training crop's side as a share of the photo's short side, and its width over its height.
CROP_SIDE = (0.45, 1.0)
CROP_ASPECT = (0.8, 1.25)
# Lowest and highest JPEG quality of a degraded photo.
JPEG_QUALITY = (15.0, 95.0)


def photos(
    folder,
    image_size=160,
    batch_size=16,
    color_space="lab",
    training=True,
    split=None,
    degrade=0.0,
    seed=0,
):
    """Batches of (luminance, target) from the photos in a folder.

    Args:
        folder: Searched recursively for JPEG, PNG, WebP and BMP of 24 bits. A `manifest.csv` in it
            with the columns `file` and `split` decides which photos are for training and
            validation; without one a hash of each file's name puts a fifth into validation.
        image_size: Height and width of the batches.
        batch_size: Photos in a batch.
        color_space: "lab", "yuv" or "rgb".
        training: True gives random crops and flips in a random order;
            False centre squares in the order of their names.
        split: "train", "val", "all" or another of the manifest's; by default "train" where
            `training`, else "val".
        degrade: Share of training photos whose luminance is faded, blurred, grained and saved as
            a poor JPEG, as in scans of old photos; the target stays clean.
        seed: The seed of the order, the crops and the degradations.

    Returns:
        `tf.data.Dataset` of luminance (N, H, W, 1) in [0, 1] and target: chroma (N, H, W, 2) in
        [-1, 1], or RGB (N, H, W, 3) in [0, 1] where `color_space` is "rgb".

    Raises:
        FileNotFoundError: The folder is missing, or has no photos for the split.
        ValueError: An unknown colour space or split.

    A file that is no photo is named in a warning and left out. In the place of one that is damaged
    further inside, which TensorFlow's log tells, another photo is given again. The pipeline runs no
    Python, so that a program may end while it is in use.
    """
    color.check_color_space(color_space)
    split = split or ("train" if training else "val")
    paths = find_photos(folder, split)
    decoders = _decoders(paths)
    paths = [
        str(path) for path, decoder in zip(paths, decoders, strict=True) if decoder is not None
    ]
    decoders = [decoder for decoder in decoders if decoder is not None]
    if not paths:
        raise FileNotFoundError(f"{folder}: none of its photos can be decoded")

    dataset = tf.data.Dataset.from_tensor_slices((paths, decoders))
    if training:
        dataset = dataset.shuffle(len(paths), seed=seed)
    seeds = tf.data.Dataset.random(seed, rerandomize_each_iteration=training)
    # The second time round stands in for damaged photos.
    dataset = tf.data.Dataset.zip(dataset.repeat(2), seeds)

    def load(photo, photo_seed):
        pixels = _upright(*photo)
        crop = _random_crop(pixels, photo_seed) if training else _centre_square(pixels)
        return _resize(crop, image_size), photo_seed

    def finish(pixels, seeds):
        luminance, target = convert(pixels / 255.0, color_space)
        if training and degrade:
            luminance = degrade_luminance(luminance, degrade, tf.cast([seeds[0], 0], tf.int32))
        return luminance, target

    dataset = dataset.map(load, num_parallel_calls=tf.data.AUTOTUNE)
    dataset = dataset.ignore_errors(log_warning=True).take(len(paths))
    whole = training and len(paths) >= batch_size
    dataset = dataset.batch(batch_size, drop_remainder=whole)
    batches = len(paths) // batch_size if whole else -(-len(paths) // batch_size)
    dataset = dataset.apply(tf.data.experimental.assert_cardinality(batches))
    return dataset.map(finish, num_parallel_calls=tf.data.AUTOTUNE).prefetch(tf.data.AUTOTUNE)


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


def _decoders(paths):
    """Which of DECODERS reads each path's file, by its first bytes; None for none of them."""
    decoders, unreadable = [], 0
    for path in paths:
        try:
            with open(path, "rb") as file:
                head = file.read(12)
        except OSError:
            head = b""
        matching = (index for index, (magic, _) in enumerate(DECODERS) if re.match(magic, head))
        decoder = next(matching, None)
        if decoder is None:
            unreadable += 1
            warnings.warn(
                f"{path} can't be decoded and is left out ({unreadable} so far)", stacklevel=3
            )
        decoders.append(decoder)
    return decoders


def _decode_jpeg(content):
    pixels = tf.io.decode_jpeg(content, 3, dct_method="INTEGER_ACCURATE")
    found = tf.strings.regex_replace(tf.strings.substr(content, 0, 4096), ORIENTATION, r"\1\2")
    turned = tf.cond(
        tf.strings.length(found) == 1,
        lambda: tf.cast(tf.io.decode_raw(found, tf.uint8)[0], tf.int32),
        lambda: 1,
    )
    pixels = tf.cond(turned >= 5, lambda: tf.transpose(pixels, (1, 0, 2)), lambda: pixels)
    mirrored = tf.reduce_any(turned == [2, 3, 6, 7])
    pixels = tf.cond(mirrored, lambda: pixels[:, ::-1], lambda: pixels)
    upside_down = tf.reduce_any(turned == [3, 4, 7, 8])
    return tf.cond(upside_down, lambda: pixels[::-1], lambda: pixels)


# What a file begins with, and what decodes it to RGB.
DECODERS = (
    (rb"\xff\xd8\xff", _decode_jpeg),
    (rb"\x89PNG\r\n", lambda content: tf.io.decode_png(content, 3)),
    (rb"(?s)RIFF....WEBP", lambda content: tf.io.decode_webp(content, 3)[0]),
    (rb"BM", lambda content: tf.io.decode_bmp(content, 3)),
)
# The orientation in a JPEG file's EXIF data, in either order of bytes.
ORIENTATION = (
    r"(?s)^\C*?Exif\x00\x00\C*?(?:\x12\x01\x03\x00\x01\x00\x00\x00([\x01-\x08])\x00"
    r"|\x01\x12\x00\x03\x00\x00\x00\x01\x00([\x01-\x08]))\C*$"
)


def _upright(path, decoder):
    """RGB pixels (H, W, 3), uint8, of a photo file, turned as its EXIF data say."""
    content = tf.io.read_file(path)
    branches = [lambda decode=decode: decode(content) for _, decode in DECODERS]
    return tf.ensure_shape(tf.switch_case(decoder, branches), (None, None, 3))


def _random_crop(pixels, seed):
    drawn = tf.random.stateless_uniform((5,), tf.stack([seed, 0]))
    whole = tf.shape(pixels)[:2]
    low, high = CROP_SIDE
    side = tf.cast(tf.reduce_min(whole), tf.float32) * (low + (high - low) * drawn[0])
    low, high = np.log(CROP_ASPECT)
    stretch = tf.exp((low + (high - low) * drawn[1]) / 2)
    size = tf.cast(tf.round([side / stretch, side * stretch]), tf.int32)
    size = tf.clip_by_value(size, 1, whole)
    corner = tf.cast(drawn[2:4] * tf.cast(whole - size + 1, tf.float32), tf.int32)
    top, left = tf.unstack(tf.minimum(corner, whole - size))
    crop = pixels[top : top + size[0], left : left + size[1]]
    return tf.cond(drawn[4] < 0.5, lambda: crop[:, ::-1], lambda: crop)


def _centre_square(pixels):
    whole = tf.shape(pixels)[:2]
    side = tf.reduce_min(whole)
    top, left = tf.unstack((whole - side) // 2)
    return pixels[top : top + side, left : left + side]


def _resize(pixels, image_size):
    """Float levels (image_size, image_size, 3) of pixels: averaged down, or bicubic."""
    size = (image_size, image_size)
    pixels = tf.cast(pixels, tf.float32)[None]
    resized = tf.cond(
        tf.reduce_min(tf.shape(pixels)[1:3]) >= image_size,
        lambda: tf.image.resize(pixels, size, "area"),
        lambda: tf.image.resize(pixels, size, "bicubic", antialias=True),
    )
    return tf.ensure_shape(tf.clip_by_value(tf.round(resized[0]), 0.0, 255.0), (*size, 3))


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
    return luminance, rgb if color_space == "rgb" else chroma


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
