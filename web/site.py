"""The files that the page is made of: its own in `page/`, and the presets' models."""

import json
import pathlib
import shutil

from ai_edge_litert.interpreter import Interpreter

from kerascolor import presets
from kerascolor.runtime import signature

PAGE = pathlib.Path(__file__).parent / "page"
# The presets that the page offers, the first of them as the default.
MODELS = ("classifier", "unet", "vae")
MODELS_TABLE = "models.json"
# What the page may load and do: its own files, and WebAssembly.
CONTENT_POLICY = (
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; "
    "img-src 'self' blob:; connect-src 'self'; worker-src 'self'; manifest-src 'self'; "
    "base-uri 'none'; form-action 'none'"
)


def files():
    """Every file of the site by its path in it, with "/" between folders.

    Returns:
        Dictionary of `pathlib.Path`s, and of bytes for the one file that is made here.

    Raises:
        presets.PresetError: A model is missing or damaged.
    """
    found = {
        place.relative_to(PAGE).as_posix(): place
        for place in sorted(PAGE.rglob("*"))
        if place.is_file()
    }
    found |= {f"models/{name}.tflite": presets.path(name, "tflite") for name in MODELS}
    table = [_describe(name) for name in MODELS]
    return found | {MODELS_TABLE: json.dumps(table, indent=1).encode()}


def _describe(name):
    """What the page has to know of a model."""
    path = presets.path(name, "tflite")
    runner = Interpreter(str(path)).get_signature_runner(signature.NAME)
    shapes = {key: detail["shape"].tolist() for key, detail in runner.get_input_details().items()}
    description = presets.describe(path)
    return {
        "name": name,
        "summary": presets.find(name).summary,
        "file": f"models/{name}.tflite",
        "temperature": description["temperature"],
        "inputs": shapes,
    }


def write(folder):
    """Writes the site into a folder, for any host of static files; returns how many files.

    Raises:
        OSError: A file can't be written.
        presets.PresetError: A model is missing or damaged.
    """
    found = files()
    for name, content in found.items():
        target = pathlib.Path(folder, name)
        target.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, bytes):
            target.write_bytes(content)
        else:
            shutil.copyfile(content, target)
    return len(found)
