"""What a run learns from: photos, registered pairs, or photos with made-up infrared."""

from kerascolor import data


def training_count(config):
    """How many photos or pairs a `TrainConfig` trains on."""
    if config.pairs:
        return len(data.find_pairs(_folders(config), training=True))
    return len(data.find_photos(config.photos, "train"))


def batches(config, model, training):
    """Batches of what the model sees and its target.

    Args:
        config: `TrainConfig`.
        model: The model that is trained.
        training: Whether they are for training, or for validation.
    """
    sizes = config.image_size, config.batch_size
    if config.pairs:
        return data.pairs(_folders(config), *sizes, training)
    if model.takes_infrared:
        photos = data.photos(config.photos, *sizes, "rgb", training)
        return photos.apply(data.make_infrared(training))
    photos = data.photos(config.photos, *sizes, model.color_space, training)
    if training and config.degrade:
        photos = photos.apply(data.degrade(config.degrade))
    return photos.apply(data.hints(training)) if model.takes_hints else photos


def _folders(config):
    return config.pairs.split(",")
