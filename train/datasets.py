"""What a run learns from: photos, registered pairs, or photos with made-up infrared."""

from kerascolor import data


def training_count(config):
    """How many photos or pairs a `TrainConfig` trains on."""
    if config.pairs:
        return len(data.find_pairs(_folders(config), training=True))
    return len(data.find_photos(config.photos, "train"))


def batches(config, model, training, seed):
    """Batches of what the model sees and its target.

    Args:
        config: `TrainConfig`.
        model: The model that is trained.
        training: Whether they are for training, or for validation.
        seed: The seed of order, crops and changes.
    """
    sizes = config.image_size, config.batch_size
    if config.pairs:
        return data.pairs(_folders(config), *sizes, training, seed=seed)
    if model.takes_infrared:
        photos = data.photos(config.photos, *sizes, "rgb", training, seed=seed)
        return data.make_infrared(photos, training, seed)
    space, degrade = model.color_space, config.degrade
    return data.photos(config.photos, *sizes, space, training, degrade=degrade, seed=seed)


def _folders(config):
    return config.pairs.split(",")
