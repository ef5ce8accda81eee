"""Hints as a person would give them, drawn from the colours of photos to train with."""

import math

import tensorflow as tf

from kerascolor import ab_plane

# Zhang et al., "Real-Time User-Guided Image Colorization with Learned Deep Priors", SIGGRAPH 2017,
# section 3.2: the chance that no further point is given, the largest patch of a point, and how
# often all colours are given.
LAST_POINT, LARGEST_PATCH, ALL_GIVEN = 1 / 8, 9, 0.01
# One photo in 5,000 would have more points.
MOST_POINTS = 64
# How often a photo's own palette is given. That of another photo would teach a model not to trust
# palettes.
PALETTE_GIVEN = 0.5
# A palette is that of a photo made smaller by this.
PALETTE_STRIDE = 4


def hints(training=True):
    """A transformation of a data set of photos that gives some of their colours away.

    The points of a photo are of a geometric number, 7 on average, and lie around its middle. Each
    gives a square of 1 to 9 pixels the mean of its colours. Every hundredth photo has all its
    colours given, and every second one its palette.

    Args:
        training: True draws other hints each time through the photos, False always the same ones.

    Returns:
        Function from a `tf.data.Dataset` of luminance (N, H, W, 1) and Lab chroma (N, H, W, 2),
        as `data.photos` gives them, to one of the inputs of `models.HintedClassifier`,
        {"luminance", "hints", "palette"}, and the chroma.

    Example:
        >>> kerascolor.data.photos("photos").apply(kerascolor.data.hints())
    """

    def add(photos, photo_seed):
        luminance, chroma = photos
        points, palette = tf.unstack(tf.random.split(tf.stack([photo_seed, 0]), 2))
        inputs = {
            "hints": _points(chroma, points),
            "luminance": luminance,
            "palette": _palette(chroma, palette),
        }
        return inputs, chroma

    def transform(dataset):
        seeds = tf.data.Dataset.random(None if training else 0, rerandomize_each_iteration=training)
        dataset = tf.data.Dataset.zip(dataset, seeds)
        return dataset.map(add, num_parallel_calls=tf.data.AUTOTUNE).prefetch(tf.data.AUTOTUNE)

    return transform


def _points(chroma, seed):
    """Hints (N, H, W, 3): the mean chroma of each patch, and a mask."""
    seeds = tf.unstack(tf.random.split(seed, 4))
    batch, (height, width) = tf.shape(chroma)[0], chroma.shape[1:3]
    shape = (batch, MOST_POINTS)
    drawn = tf.random.stateless_uniform((batch, 1), seeds[0], minval=1e-6)
    count = tf.cast(tf.math.log(drawn) / math.log(1 - LAST_POINT), tf.int32)
    # Cut off at two deviations, which is the photo's border.
    middle, deviation = (tf.constant([height, width], tf.float32) / part for part in (2, 4))
    place = tf.random.stateless_truncated_normal((*shape, 2), seeds[1])
    place = tf.cast(middle + deviation * place, tf.int32)[:, :, None]
    side = tf.random.stateless_uniform(shape, seeds[2], 1, LARGEST_PATCH + 1, tf.int32)
    reach = tf.range(LARGEST_PATCH) - LARGEST_PATCH // 2
    offset = tf.reshape(tf.stack(tf.meshgrid(reach, reach), -1), (1, 1, -1, 2))
    side = side[..., None, None]
    pixel = place + offset
    inside = (offset >= -(side // 2)) & (offset < side - side // 2)
    inside &= (pixel >= 0) & (pixel < [height, width])
    inside = tf.reduce_all(inside, -1, keepdims=True)
    is_given = tf.range(MOST_POINTS) < count
    weight = tf.cast(inside & is_given[..., None, None], tf.float32)
    pixel = tf.clip_by_value(pixel, 0, [height - 1, width - 1])
    colors = weight * tf.gather_nd(chroma, pixel, batch_dims=1)
    mean = tf.reduce_sum(colors, 2, keepdims=True)
    mean /= tf.maximum(tf.reduce_sum(weight, 2, keepdims=True), 1.0)
    # Where patches overlap, the mean of their colours is given.
    index = tf.range(batch)[:, None, None] * height + pixel[..., 0]
    values = tf.concat([mean * weight, weight], -1)
    total = tf.math.unsorted_segment_sum(
        tf.reshape(values, (-1, 3)),
        tf.reshape(index * width + pixel[..., 1], (-1,)),
        batch * height * width,
    )
    total = tf.reshape(total, (batch, height, width, 3))
    found = total / tf.maximum(total[..., 2:], 1.0)
    everything = tf.random.stateless_uniform((batch, 1, 1, 1), seeds[3]) < ALL_GIVEN
    return tf.where(everything, tf.concat([chroma, tf.ones_like(chroma[..., :1])], -1), found)


def _palette(chroma, seed):
    """The palettes (N, Q + 1) of photos; zeros for those whose palettes are not given."""
    small = tf.nn.avg_pool2d(chroma, PALETTE_STRIDE, PALETTE_STRIDE, "VALID")
    batch, count = tf.shape(small)[0], small.shape[1] * small.shape[2]
    first, second = (
        tf.reshape(ab_plane.axis_weights(small[..., i]), (batch, count, len(ab_plane.AXIS)))
        for i in (0, 1)
    )
    plane = tf.matmul(first, second, transpose_a=True) / count
    shares = tf.gather(tf.reshape(plane, (batch, -1)), ab_plane.cells(), axis=1)
    given = tf.random.stateless_uniform((batch, 1), seed) < PALETTE_GIVEN
    return tf.cast(given, tf.float32) * tf.concat([shares, tf.ones((batch, 1))], 1)
