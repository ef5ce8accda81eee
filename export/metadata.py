"""What an exported file says of itself: kerascolor.json inside it, a model card beside it."""

import hashlib
import importlib.metadata
import io
import json
import zipfile

from kerascolor import presets
from kerascolor.export import graph


def describe(content, model, name, image_size, quantization, licence, training_data):
    """The metadata of a flatbuffer `content`, for `append`, `as_json` and `card`.

    "bytes" and "sha256" are of the flatbuffer, the first part of the file: LiteRT itself runs a
    damaged one without a word, as long as the damage is in the weights.
    """
    return {
        "name": name,
        "version": importlib.metadata.version("kerascolor"),
        "model": type(model).__name__,
        "color_space": model.color_space,
        "image_size": list(image_size),
        "quantization": quantization,
        "temperature": graph.default_temperature(model),
        "licence": licence,
        "training_data": training_data,
        "weights_sha256": weights_sha256(model),
        "bytes": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
    }


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
        # A fixed date: a file tells what it holds, not when it was made.
        archive.writestr(
            zipfile.ZipInfo(presets.DESCRIPTION, (1980, 1, 1, 0, 0, 0)), as_json(description)
        )
    return file.getvalue()


# What a luminance and an output mean, by colour space, for the model card.
LUMINANCE = {
    "lab": "CIE L* / 100 of the photo (sRGB, D65)",
    "yuv": "0.299 R + 0.587 G + 0.114 B of sRGB values in [0, 1]",
    "rgb": "0.299 R + 0.587 G + 0.114 B of sRGB values in [0, 1]",
}
OUTPUT = {
    "lab": "CIE a* / 110 and b* / 110",
    "yuv": "BT.601 U / 0.436 and V / 0.615",
    "rgb": "sRGB values in [0, 1], of which only the colour is to be used, with the luminance of "
    "the photo itself",
}


def card(description, inputs):
    """The model card, in Markdown.

    Args:
        description: The metadata with the proof's figures.
        inputs: Shapes of the signature's inputs by name.
    """
    proof = description["proof"]
    space = description["color_space"]
    height, width = description["image_size"]
    left = ", ".join(f"{count} {name}" for name, count in proof["not_on_xnnpack"].items())
    rows = {
        "model": description["model"],
        "kerascolor": description["version"],
        "quantization": description["quantization"],
        "size": f"{description['bytes'] / 1e6:.2f} MB",
        "licence of the weights": description["licence"] or "not stated",
        "training data": description["training_data"] or "not stated",
        "sha256 of the weights": f"`{description['weights_sha256']}`",
    }
    meanings = {
        "luminance": LUMINANCE[space],
        "temperature": f"1 gives the mean of the likely colours, towards 0 the likeliest one; the "
        f"model's own is {description['temperature']}",
        "noise": "drawn from a standard normal; another draw gives other colours, zeros the most "
        "likely ones",
    }
    channels = 3 if space == "rgb" else 2
    name = "rgb" if space == "rgb" else "chroma"
    lines = [
        f"# {description['name']}",
        "",
        "Gives a grey photo its colours. A TFLite file for LiteRT, with one signature, `colorize`.",
        "",
        "| | |",
        "|---|---|",
        *(f"| {key} | {value} |" for key, value in rows.items()),
        "",
        "## Inputs and output",
        "",
        "All are float32.",
        "",
        "| name | shape | values |",
        "|---|---|---|",
        *(f"| `{key}` | {shape} | {meanings[key]} |" for key, shape in inputs.items()),
        f"| output `{name}` | (1, {height}, {width}, {channels}) | {OUTPUT[space]} |",
        "",
        "Bring the photo's luminance down to the input's size, run the model, enlarge the colours "
        "to the photo's size, and join them with the photo's own luminance at full detail.",
        "",
        "## Compared with the Keras model",
        "",
        f"On {proof['photos']} photos at {height} x {width}:",
        "",
        f"- PSNR of the photos in RGB: {proof['psnr']} dB, the lowest {proof['lowest_psnr']} dB "
        f"(below {proof['threshold']:g} dB the file would not have been written)",
        f"- CIEDE2000 of their pixels: {proof['ciede2000_99th_percentile']} at the 99th "
        f"percentile, at most {proof['largest_ciede2000']}",
        f"- operations: {proof['operations']}, not taken by XNNPACK: {left or 'none'}",
        "",
    ]
    return "\n".join(lines)
