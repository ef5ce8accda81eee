"""Photo files -> decoded crops, by TensorFlow's operations alone, for pipelines of data."""

import re
import warnings

import numpy as np
import tensorflow as tf

# A training crop's side as a share of the photo's short side, and its width over its height.
CROP_SIDE = (0.45, 1.0)
CROP_ASPECT = (0.8, 1.25)


def decoders(paths):
    """Which of DECODERS reads each path's file, by its first bytes; None for none of them."""
    found, unreadable = [], 0
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
        found.append(decoder)
    return found


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


def upright(path, decoder):
    """RGB pixels (H, W, 3), uint8, of a photo file, turned as its EXIF data say."""
    content = tf.io.read_file(path)
    branches = [lambda decode=decode: decode(content) for _, decode in DECODERS]
    return tf.ensure_shape(tf.switch_case(decoder, branches), (None, None, 3))


def random_crop(pixels, seed):
    """A part of pixels (H, W, C) of random place, size and shape, flipped or not."""
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


def centre_square(pixels):
    """The largest centred square of pixels (H, W, C)."""
    whole = tf.shape(pixels)[:2]
    side = tf.reduce_min(whole)
    top, left = tf.unstack((whole - side) // 2)
    return pixels[top : top + side, left : left + side]


def resize(pixels, image_size):
    """Float levels (image_size, image_size, C) of pixels: averaged down, or bicubic."""
    size = (image_size, image_size)
    pixels = tf.cast(pixels, tf.float32)[None]
    resized = tf.cond(
        tf.reduce_min(tf.shape(pixels)[1:3]) >= image_size,
        lambda: tf.image.resize(pixels, size, "area"),
        lambda: tf.image.resize(pixels, size, "bicubic", antialias=True),
    )
    levels = tf.clip_by_value(tf.round(resized[0]), 0.0, 255.0)
    return tf.ensure_shape(levels, (*size, pixels.shape[-1]))


def batch(dataset, count, batch_size, training):
    """Batches of a dataset in which some of the photos may turn out to be damaged.

    Args:
        dataset: Of `count` photos, and of others after them, which stand in for damaged ones.
        count: How many photos there are.
        batch_size: Photos in a batch.
        training: Whether only whole batches are wanted, as long as there is one.
    """
    whole = training and count >= batch_size
    dataset = dataset.ignore_errors(log_warning=True).take(count)
    dataset = dataset.batch(batch_size, drop_remainder=whole)
    batches = count // batch_size if whole else -(-count // batch_size)
    return dataset.apply(tf.data.experimental.assert_cardinality(batches))
