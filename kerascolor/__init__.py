"""Gives grey photos their colours.

    import kerascolor
    picture = kerascolor.colorize("grandmother.jpg")

The public names are loaded when they are first used (PEP 562): colorizing takes no TensorFlow, and
`kerascolor.models` no LiteRT.
"""

import importlib
import os

_ROOT = os.path.dirname(os.path.dirname(__file__))
# In a clone `train` and `export` lie beside this folder, which hides an installed package from
# programs that are run there. Only `train` and `export` are to be imported this way.
if os.path.isdir(os.path.join(_ROOT, "train", "recipes")):
    __path__.append(_ROOT)

_HOMES = {
    "Colorizer": "runtime.colorizer",
    "Hint": "runtime.hints",
    "PhotoError": "photo",
    "PresetError": "presets",
    "VideoColorizer": "runtime.video",
    "colorize": "runtime.colorizer",
    "load": "runtime.colorizer",
}

__all__ = ["__version__", "batch", *_HOMES]


def __getattr__(name):
    if name == "__version__":
        from importlib import metadata

        return metadata.version("kerascolor")
    if name == "batch":
        return importlib.import_module("kerascolor.batch")
    if name in _HOMES:
        return getattr(importlib.import_module(f"kerascolor.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'kerascolor' has no attribute {name!r}")


def __dir__():
    return sorted([*globals(), *__all__])
