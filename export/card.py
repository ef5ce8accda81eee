"""The model card of an exported file."""

from kerascolor import color
from kerascolor.runtime import signature

# What a model is for, and how to use it: one that gives colours, and one that gives whole photos.
COLORS = (
    "Gives a grey photo its colours.",
    "Bring the photo's luminance down to the input's size, run the model, enlarge the colours to "
    "the photo's size, and join them with the photo's own luminance at full detail.",
)
WHOLE = (
    "Gives a plausible view in visible light, not a measurement, of an infrared picture.",
    "Bring the picture down to the input's size, with its darkest and its lightest hundredth near "
    "0 and 1, run the model, and enlarge the result.",
)


def write(description, inputs, further_outputs=()):
    """The model card, in Markdown.

    Args:
        description: The metadata with the proof's figures.
        inputs: Shapes of the signature's inputs by name.
        further_outputs: Names of the outputs beside the one that gives the colours.
    """
    purpose, use = WHOLE if color.is_whole(description["color_space"]) else COLORS
    lines = [
        f"# {description['name']}",
        "",
        f"{purpose} A TFLite file for LiteRT, with one signature, `{signature.NAME}`.",
        "",
        "| | |",
        "|---|---|",
        *(f"| {key} | {value} |" for key, value in _facts(description).items()),
        "",
        "## Inputs and output",
        "",
        "All are float32.",
        "",
        "| name | shape | values |",
        "|---|---|---|",
        *_tensors(description, inputs),
        *(f"| output `{n}` | | {signature.FURTHER_OUTPUTS[n]} |" for n in further_outputs),
        "",
        use,
        "",
        "## Compared with the Keras model",
        "",
        *_proof(description),
        "",
    ]
    return "\n".join(lines)


def _facts(description):
    """The first table's rows."""
    return {
        "model": description["model"],
        "kerascolor": description["version"],
        "quantization": description["quantization"],
        "size": f"{description['bytes'] / 1e6:.2f} MB",
        "licence of the weights": description["licence"] or "not stated",
        "training data": description["training_data"] or "not stated",
        "sha256 of the weights": f"`{description['weights_sha256']}`",
    }


def _tensors(description, inputs):
    """Lines of a table of the signature's inputs and its output."""
    for name, shape in inputs.items():
        yield f"| `{name}` | {shape} | {signature.find(name).meaning(description)} |"
    output = signature.OUTPUTS[description["color_space"]]
    shape = (1, *description["image_size"], output.channels)
    yield f"| output `{output.name}` | {shape} | {output.meaning} |"


def _proof(description):
    """Lines of the proof's figures."""
    proof = description["proof"]
    height, width = description["image_size"]
    left = ", ".join(f"{count} {name}" for name, count in proof["not_on_xnnpack"].items())
    return [
        f"On {proof['photos']} photos at {height} x {width}:",
        "",
        f"- PSNR of the photos in RGB: {proof['psnr']} dB, the lowest {proof['lowest_psnr']} dB "
        f"(below {proof['threshold']:g} dB the file would not have been written)",
        f"- CIEDE2000 of their pixels: {proof['ciede2000_99th_percentile']} at the 99th "
        f"percentile, at most {proof['largest_ciede2000']}",
        f"- operations: {proof['operations']}, not taken by XNNPACK: {left or 'none'}",
    ]
