"""Registered pairs of pictures -> tf.data batches of (infrared, visible); and made-up ones."""

import csv
import dataclasses
import os
import pathlib

import tensorflow as tf

from kerascolor import crops

NEAR_INFRARED = "nir"
# Share of training's thermal pictures that are turned from white-hot to black-hot, or back.
INVERTED = 0.1
# Half the range of what training's infrared varies in: the logarithm of gamma, the share of its
# contrast that is lost or added, and the level that is added.
GAMMA, CONTRAST, EXPOSURE = 0.3, 0.25, 0.12
# Made-up infrared: the share of photos in which a channel of light may count against the others, as
# it does in thermal pictures, and the least contrast.
CONTRARY = 0.5
FAINTEST = 0.4


@dataclasses.dataclass(frozen=True)
class Pair:
    """Two registered pictures of one scene.

    Args:
        visible, infrared: Their paths.
        band: The infrared's, "nir" for near infrared or "thermal"; "" where it is not known.
    """

    visible: pathlib.Path
    infrared: pathlib.Path
    band: str = ""


def find_pairs(folders, training=None, band=None):
    """The `Pair`s of folders, in the order of their manifests.

    Args:
        folders: A folder, or several. Each has a `manifest.csv` with the columns `vis`, `ir` and
            `split`, and perhaps `band`.
        training: True for those of the split "train", False for those of all others, None for all.
        band: Only those of this band, where it is given.

    Raises:
        FileNotFoundError: A folder or its manifest is missing, or there are no such pairs.
        ValueError: A manifest lacks a column.
    """
    found = []
    folders = [folders] if isinstance(folders, (str, os.PathLike)) else folders
    for folder in map(pathlib.Path, folders):
        for row in _rows(folder):
            is_wanted = training is None or (row["split"] == "train") == training
            if is_wanted and band in (None, row.get("band")):
                places = folder / row["vis"], folder / row["ir"]
                found.append(Pair(*places, row.get("band") or ""))
    if not found:
        kind = {None: "", True: " of the split train", False: " of another split than train"}
        of_band = f" of the band {band}" if band else ""
        names = ", ".join(map(str, folders))
        raise FileNotFoundError(f"{names}: there are no pairs{kind[training]}{of_band}")
    return found


def _rows(folder):
    manifest = folder / "manifest.csv"
    if not manifest.is_file():
        raise FileNotFoundError(f"{manifest} is missing: it names the pairs of a folder")
    with manifest.open(newline="", encoding="utf-8") as file:
        rows = csv.DictReader(file)
        if not {"vis", "ir", "split"} <= set(rows.fieldnames or ()):
            raise ValueError(f"{manifest} lacks the columns vis, ir and split")
        return list(rows)


def pairs(folders, image_size=192, batch_size=8, training=True, band=None):
    """Batches of (infrared, visible) from registered pairs of pictures.

    Args:
        folders, band: As in `find_pairs`.
        image_size: Height and width of the batches.
        batch_size: Pairs in a batch.
        training: True gives the pairs of the split "train" in a random order, cropped and flipped
            both alike, the infrared with other exposure, contrast and, where it is thermal,
            polarity; False gives all other pairs whole, squeezed into a square.

    Returns:
        `tf.data.Dataset` of infrared levels (N, H, W, 1) and RGB (N, H, W, 3), both in [0, 1].

    Raises:
        FileNotFoundError, ValueError: As in `find_pairs`, or no pair can be decoded.

    As in `data.photos`, order, crops and changes are the same again after the same
    `keras.utils.set_random_seed`, and a pair with a picture that can't be decoded is left out.
    """
    chosen = find_pairs(folders, training, band)
    kinds = [crops.decoders(paths) for paths in zip(*map(_paths, chosen), strict=True)]
    chosen = [
        (*_paths(pair), *decoders, pair.band != NEAR_INFRARED)
        for pair, *decoders in zip(chosen, *kinds, strict=True)
        if None not in decoders
    ]
    if not chosen:
        raise FileNotFoundError(f"{folders}: none of its pairs can be decoded")
    dataset = tf.data.Dataset.from_tensor_slices(tuple(map(list, zip(*chosen, strict=True))))
    if training:
        dataset = dataset.shuffle(len(chosen))
    seeds = tf.data.Dataset.random(rerandomize_each_iteration=True)
    # The second time round stands in for damaged pairs.
    dataset = tf.data.Dataset.zip(dataset.repeat(2), seeds)

    def load(pair, pair_seed):
        *files, is_thermal = pair
        both = _read(*files)
        if training:
            both = crops.random_crop(both, pair_seed)
        return crops.resize(both, image_size), is_thermal, pair_seed

    def finish(both, is_thermal, seeds):
        visible, infrared = both[..., :3] / 255.0, both[..., 3:] / 255.0
        if training:
            seed = tf.cast([seeds[0], 1], tf.int32)
            infrared = _inverted(_varied(infrared, seed), is_thermal, seed)
        return infrared, visible

    dataset = dataset.map(load, num_parallel_calls=tf.data.AUTOTUNE)
    dataset = crops.batch(dataset, len(chosen), batch_size, training)
    return dataset.map(finish, num_parallel_calls=tf.data.AUTOTUNE).prefetch(tf.data.AUTOTUNE)


def _paths(pair):
    return str(pair.visible), str(pair.infrared)


def _read(visible, infrared, visible_decoder, infrared_decoder):
    """Levels (H, W, 4) of a pair: RGB, and the infrared at the same size."""
    visible = tf.cast(crops.upright(visible, visible_decoder), tf.float32)
    infrared = tf.cast(crops.upright(infrared, infrared_decoder), tf.float32)
    infrared = tf.image.resize(tf.image.rgb_to_grayscale(infrared), tf.shape(visible)[:2])
    return tf.concat([visible, infrared], -1)


def _draw(batch, seed, low, high, channels=1):
    """Numbers (N, 1, 1, channels) between two, for each picture of a batch its own."""
    shape = (tf.shape(batch)[0], 1, 1, channels)
    return tf.random.stateless_uniform(shape, seed, low, high)


def _varied(infrared, seed):
    """Infrared (N, H, W, 1) with other gamma, contrast and exposure."""
    gamma = tf.exp(_draw(infrared, seed + 1, -GAMMA, GAMMA))
    contrast = _draw(infrared, seed + 2, 1.0 - CONTRAST, 1.0 + CONTRAST)
    exposure = _draw(infrared, seed + 3, -EXPOSURE, EXPOSURE)
    varied = 0.5 + contrast * (infrared**gamma - 0.5) + exposure
    return tf.clip_by_value(varied, 0.0, 1.0)


def _inverted(infrared, is_thermal, seed):
    """Infrared (N, H, W, 1) in which some of the thermal pictures (N,) are negatives."""
    is_chosen = _draw(infrared, seed + 4, 0.0, 1.0) < INVERTED
    is_chosen &= is_thermal[:, None, None, None]
    return tf.where(is_chosen, 1.0 - infrared, infrared)


def make_infrared(training=True):
    """What makes photos pairs with made-up infrared: the transformation for a data set's `apply`.

    The infrared is a random mixture of the channels, in which some may count against the others;
    foliage is lighter and sky darker; contrast is low, and the picture is blurred. It is to be
    learnt from before there are real pairs.

    Args:
        training: Whether each time through the photos has infrared of its own.

    Returns:
        Function from batches of (anything, RGB), as `data.photos` gives them with color_space
        "rgb", to batches of infrared levels (N, H, W, 1) and RGB (N, H, W, 3), both in [0, 1].

    Example:
        >>> photos = kerascolor.data.photos("photos", 192, 8, "rgb")
        >>> model.fit(photos.apply(kerascolor.data.make_infrared()), epochs=1)
    """

    def convert(photo, photo_seed):
        _, rgb = photo
        seed = tf.cast([photo_seed, 2], tf.int32)
        return _varied(_made_infrared(rgb, seed), seed), rgb

    def apply(photos):
        seeds = tf.data.Dataset.random(None if training else 0, rerandomize_each_iteration=training)
        pairs = tf.data.Dataset.zip(photos, seeds)
        pairs = pairs.map(convert, num_parallel_calls=tf.data.AUTOTUNE)
        return pairs.prefetch(tf.data.AUTOTUNE)

    return apply


def _made_infrared(rgb, seed):
    """Levels (N, H, W, 1) in [0, 1] of RGB (N, H, W, 3), as an infrared camera might give them."""
    weights = _draw(rgb, seed + 5, -1.0, 1.0, channels=3)
    is_contrary = _draw(rgb, seed + 6, 0.0, 1.0) < CONTRARY
    weights = tf.where(is_contrary, weights, tf.abs(weights))
    level = tf.reduce_sum(weights * rgb, -1, keepdims=True)
    low, high = (f(level, (1, 2), keepdims=True) for f in (tf.reduce_min, tf.reduce_max))
    level = (level - low) / tf.maximum(high - low, 1e-3)

    red, green, blue = (rgb[..., channel : channel + 1] for channel in range(3))
    foliage = tf.clip_by_value(4.0 * (green - tf.maximum(red, blue)), 0.0, 1.0)
    sky = tf.clip_by_value(4.0 * (blue - tf.maximum(red, green)), 0.0, 1.0)
    level += _draw(rgb, seed + 7, 0.0, 1.0) * foliage * (1.0 - level)
    level -= _draw(rgb, seed + 8, 0.0, 1.0) * sky * level

    level = 0.5 + _draw(rgb, seed + 9, FAINTEST, 1.0) * (level - 0.5)
    blurred = tf.nn.avg_pool2d(level, 5, 1, "SAME")
    return level + _draw(rgb, seed + 10, 0.0, 1.0) * (blurred - level)
