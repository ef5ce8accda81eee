"""The pretrained models: one table, and the files that belong to it.

The table is `weights/presets.json` beside the files, so that hashes and figures are written by the
program that measured them. Nothing here needs TensorFlow.
"""

import dataclasses
import hashlib
import io
import json
import os
import pathlib
import shutil
import stat
import zipfile

FOLDER = pathlib.Path(__file__).parent / "weights"
TABLE = "presets.json"
SUFFIXES = {"tflite": ".tflite", "weights": ".weights.h5"}
# Member of the zip archive that stands behind a .tflite file's flatbuffer.
DESCRIPTION = "kerascolor.json"
# What a colorizer goes by, with its types. Size and digest are the flatbuffer's, which is the first
# part of the file.
NEEDED = {
    "name": str,
    "color_space": str,
    "temperature": (float, int, type(None)),
    "bytes": int,
    "sha256": str,
}
# A description takes some kilobytes. What claims to be more, or is packed in a way that could be
# unpacked to any length, is not read.
ARCHIVE_BYTES, DESCRIPTION_BYTES = 2**21, 2**18
COMPRESSIONS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


class PresetError(ValueError):
    """A preset that does not exist, or a model file that is damaged or of another program."""


@dataclasses.dataclass(frozen=True)
class PresetFile:
    """A file of a preset: its name in the folder, its hash and its size in bytes."""

    name: str
    sha256: str
    size: int


@dataclasses.dataclass(frozen=True)
class Preset:
    """A pretrained model.

    Args:
        name: What `--model` and `from_preset` take.
        model: Name of its class in `kerascolor.models`.
        files: `PresetFile` by kind, "tflite" or "weights".
        metrics: Figures by the split of photos that they were measured on, such as
            {"outside": {"psnr": 23.4}}; the split to go by comes first.
        grey: The same figures of the grey photos themselves.
        training_data: What it was trained on, in a sentence.
        training: How it was trained, in a sentence.
        licence: The weights' licence.
        summary: What it is good for, in a sentence.
    """

    name: str
    model: str
    files: dict[str, PresetFile]
    metrics: dict[str, dict[str, float]]
    grey: dict[str, dict[str, float]]
    training_data: str
    training: str
    licence: str
    summary: str


def read(folder=FOLDER):
    """The presets in `folder` by name, an empty dictionary where it has no table.

    Raises:
        PresetError: The table is damaged.
    """
    table = pathlib.Path(folder) / TABLE
    try:
        entries = json.loads(table.read_text(encoding="utf-8"))
        return {name: _preset(name, entry) for name, entry in entries.items()}
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise PresetError(f"{table} can't be read: {error.strerror}") from error
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise PresetError(f"{table} is damaged: install kerascolor again") from error


def _preset(name, entry):
    files = {kind: PresetFile(**file) for kind, file in entry["files"].items()}
    return Preset(**{**entry, "name": name, "files": files})


def find(name, folder=FOLDER):
    """The preset `name`.

    Raises:
        PresetError: There is none of that name; the message lists the names that there are.
    """
    if pathlib.Path(name).suffix:
        raise PresetError(f"{name} is not a .tflite file: make one with kerascolor.export.tflite")
    presets = read(folder)
    if name not in presets:
        names = ", ".join(sorted(presets)) or "none is installed"
        raise PresetError(f"no preset is called {name!r}; there are: {names}")
    return presets[name]


def path(name, kind, folder=FOLDER):
    """Path of a preset's file, once its content is known to be what was published.

    Args:
        name: Name of the preset.
        kind: "tflite" or "weights".
        folder: The folder with the table and the files.

    Raises:
        PresetError: The preset is unknown, has no such file, or the file is missing or damaged.
    """
    preset = find(name, folder)
    if kind not in preset.files:
        raise PresetError(f"preset {name!r} has no {kind} file; it has: {', '.join(preset.files)}")
    file = preset.files[kind]
    place = pathlib.Path(folder) / file.name
    try:
        found = sha256(place)
    except OSError as error:
        raise PresetError(
            f"{place} of preset {name!r} can't be read ({error.strerror}): install kerascolor again"
        ) from error
    if found != file.sha256:
        raise PresetError(f"{place} of preset {name!r} is damaged: install kerascolor again")
    return place


def tflite(model):
    """Path of the .tflite file of a model.

    Args:
        model: Name of a preset, or path of a .tflite file.

    Raises:
        PresetError: There is no such preset, or its file is missing or damaged.
    """
    model = os.fspath(model)
    return model if model.lower().endswith(".tflite") else path(model, "tflite")


def write(name, *, files, folder=FOLDER, **description):
    """Adds a preset to the table, or replaces it, with copies of its files.

    Args:
        name: Name of the preset; its files become NAME.tflite and NAME.weights.h5.
        files: Path of the file to copy by kind, "tflite" or "weights".
        folder: The folder with the table and the files.
        **description: The other fields of `Preset`.

    Returns:
        The `Preset`.

    Raises:
        OSError: A file can't be read or written. The table is then as it was.
    """
    folder = pathlib.Path(folder)
    copies = {kind: _copy(source, folder, name, kind) for kind, source in files.items()}
    described = {
        kind: PresetFile(f"{name}{SUFFIXES[kind]}", sha256(copy), copy.stat().st_size)
        for kind, copy in copies.items()
    }
    preset = Preset(name=name, files=described, **description)
    entries = {**read(folder), name: preset}
    table = {key: _entry(entry) for key, entry in sorted(entries.items())}
    aside = folder / f".{TABLE}"
    aside.write_text(json.dumps(table, indent=1) + "\n", encoding="utf-8")
    # Only now, with everything written, do they take their places.
    for kind, copy in copies.items():
        os.replace(copy, folder / described[kind].name)
    os.replace(aside, folder / TABLE)
    return preset


def _entry(preset):
    entry = dataclasses.asdict(preset)
    del entry["name"]
    return entry


def _copy(source, folder, name, kind):
    """A copy of a file, beside its place."""
    return pathlib.Path(shutil.copyfile(source, folder / f".{name}{SUFFIXES[kind]}"))


def sha256(place):
    with open(place, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def describe(tflite):
    """What a .tflite file of this package says about itself, checked, for anyone may write one.

    Args:
        tflite: The file's path.

    Returns:
        Dictionary with "name", "version", "model", "color_space", "image_size", "quantization",
        "temperature", "licence", "training_data" and "weights_sha256", and "bytes" and "sha256" of
        the flatbuffer.

    Raises:
        PresetError: The file is missing, damaged or of another program.
    """
    try:
        # A pipe would never end.
        if not stat.S_ISREG(os.stat(tflite).st_mode):
            raise PresetError(f"{tflite} is not a file")
        with open(tflite, "rb") as file:
            if file.read(8)[4:] != b"TFL3":
                raise PresetError(f"{tflite} is no .tflite file, or a damaged one")
            description = _read_description(file)
            found = _sha256_of(file, description["bytes"])
    except OSError as error:
        raise PresetError(f"{tflite} can't be read: {error.strerror}") from error
    except (zipfile.BadZipFile, KeyError, NotImplementedError, RecursionError, ValueError) as error:
        if isinstance(error, PresetError):
            raise
        raise PresetError(
            f"{tflite} is damaged, or was not written by kerascolor.export.tflite"
        ) from error
    if found != description["sha256"]:
        raise PresetError(f"{tflite} is damaged: its model is not the one that was written")
    return description


def _read_description(file):
    """The metadata behind the flatbuffer; ValueError or what `zipfile` raises where it has none."""
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - ARCHIVE_BYTES))
    with zipfile.ZipFile(io.BytesIO(file.read())) as archive:
        member = archive.getinfo(DESCRIPTION)
        if member.file_size > DESCRIPTION_BYTES or member.compress_type not in COMPRESSIONS:
            raise ValueError("more metadata than a description has")
        description = json.loads(archive.read(member))
    if not isinstance(description, dict) or not all(
        isinstance(description.get(name), kind) for name, kind in NEEDED.items()
    ):
        raise ValueError("a part of the description is missing or of another type")
    if not 0 < description["bytes"] <= size:
        raise ValueError("the model is larger than the file")
    temperature = description["temperature"]
    if temperature is not None and not 0 < temperature < 1e6:
        raise ValueError("the temperature is out of range")
    return description


def _sha256_of(file, size):
    """Digest of a file's first bytes."""
    digest = hashlib.sha256()
    file.seek(0)
    while size > 0 and (block := file.read(min(size, 2**20))):
        digest.update(block)
        size -= len(block)
    return digest.hexdigest()
