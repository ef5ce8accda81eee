"""What an exported file says of itself: kerascolor.json inside it, and the same beside it."""

import hashlib
import importlib.metadata
import io
import json
import zipfile

from kerascolor import presets


def traits(model):
    """What a description says of the model itself, which is all that `signature.feed` needs."""
    return {
        "model": type(model).__name__,
        "color_space": model.color_space,
        "temperature": model.get_config().get("temperature"),
    }


def describe(model, name, image_size, quantization, options):
    """The metadata of a file, but for what `digest` and the proof add.

    Args:
        model: The Keras model.
        name: The name that the file carries.
        image_size: (height, width).
        quantization: Name of the quantization.
        options: `litert.Options`.
    """
    return {
        "name": name,
        "version": importlib.metadata.version("kerascolor"),
        **traits(model),
        "image_size": list(image_size),
        "quantization": quantization,
        "licence": options.licence,
        "training_data": options.training_data,
        "weights_sha256": weights_sha256(model),
    }


def digest(content):
    """The size and digest of the flatbuffer, which is the first part of the file.

    They are kept because LiteRT runs a damaged flatbuffer without a word, as long as the damage
    is in the weights.
    """
    return {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}


def weights_sha256(model):
    """Digest of the model's weights, float32 and little-endian, in the order of `model.weights`."""
    digest = hashlib.sha256()
    for weight in model.get_weights():
        digest.update(weight.astype("<f4").tobytes())
    return digest.hexdigest()


def as_json(description):
    return json.dumps(description, indent=2) + "\n"


def append(content, description):
    """A flatbuffer with a zip archive of the metadata behind it, TFLite's own way of packing.

    LiteRT reads from the front and stops at the flatbuffer's end; `zipfile` looks from the back.
    """
    file = io.BytesIO(content)
    with zipfile.ZipFile(file, "a") as archive:
        # A fixed date: a file says what it holds, not when it was made.
        archive.writestr(
            zipfile.ZipInfo(presets.DESCRIPTION, (1980, 1, 1, 0, 0, 0)), as_json(description)
        )
    return file.getvalue()
