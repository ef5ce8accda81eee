import hashlib
import json
import os
import tracemalloc
import zipfile

import pytest

from kerascolor import presets

FACTS = {
    "model": "UNet",
    "metrics": {"val": {"psnr": 23.4}},
    "grey": {"val": {"psnr": 22.6}},
    "training_data": "twelve photos",
    "training": "one epoch",
    "licence": "Apache-2.0",
    "summary": "for tests",
}


@pytest.fixture
def folder(tmp_path):
    """A folder with the preset "mine"."""
    sources = {}
    for kind in presets.SUFFIXES:
        sources[kind] = tmp_path / f"source.{kind}"
        sources[kind].write_bytes(kind.encode() * 1000)
    folder = tmp_path / "weights"
    folder.mkdir()
    presets.write("mine", files=sources, folder=folder, **FACTS)
    return folder


def test_a_preset_that_is_written_is_found(folder):
    preset = presets.find("mine", folder)
    assert presets.read(folder) == {"mine": preset}
    assert preset.metrics == {"val": {"psnr": 23.4}}
    assert preset.files["weights"].name == "mine.weights.h5"
    assert preset.files["tflite"].size == 6000
    assert presets.path("mine", "tflite", folder).read_bytes() == b"tflite" * 1000
    assert sorted(path.name for path in folder.iterdir()) == [
        "mine.tflite",
        "mine.weights.h5",
        "presets.json",
    ]


def test_a_preset_is_replaced_and_others_stay(folder):
    files = {kind: folder / f"mine{end}" for kind, end in presets.SUFFIXES.items()}
    presets.write("other", files=files, folder=folder, **FACTS)
    presets.write("mine", files=files, folder=folder, **(FACTS | {"licence": "CC0-1.0"}))
    assert presets.find("mine", folder).licence == "CC0-1.0"
    assert presets.find("other", folder).licence == "Apache-2.0"
    assert presets.path("mine", "weights", folder).exists()


def test_a_missing_source_leaves_the_table_as_it_was(folder):
    with pytest.raises(FileNotFoundError):
        presets.write("new", files={"tflite": folder / "none"}, folder=folder, **FACTS)
    assert list(presets.read(folder)) == ["mine"]


def test_an_unknown_preset_is_told_with_those_there_are(folder):
    with pytest.raises(presets.PresetError, match=r"'yours'.*mine"):
        presets.path("yours", "tflite", folder)


@pytest.mark.parametrize("damage", ["flip", "truncate", "remove"])
def test_a_damaged_file_is_refused(folder, damage):
    file = folder / "mine.tflite"
    content = bytearray(file.read_bytes())
    if damage == "remove":
        file.unlink()
    else:
        content[100] ^= 1
        file.write_bytes(content if damage == "flip" else content[:-1])
    with pytest.raises(presets.PresetError, match="install kerascolor again") as caught:
        presets.path("mine", "tflite", folder)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("table", ["", "[]", "{", '{"mine": {}}', '{"mine": 1}', "\xff"])
def test_a_damaged_table_is_refused(folder, table):
    (folder / presets.TABLE).write_text(table, encoding="latin-1")
    with pytest.raises(presets.PresetError, match="damaged"):
        presets.read(folder)


def test_a_folder_without_a_table_has_no_presets(tmp_path):
    assert presets.read(tmp_path) == {}


def test_the_published_presets_are_whole():
    published = presets.read()
    assert "classifier" in published
    for name, preset in published.items():
        for kind, file in preset.files.items():
            assert presets.path(name, kind).stat().st_size == file.size
        description = presets.describe(presets.path(name, "tflite"))
        # The file of `vae` was exported when its class was still called so.
        assert description["model"] == {"vae": "VAE"}.get(name, preset.model)
        assert preset.licence
        for split, figures in preset.metrics.items():
            assert figures["rebalanced_auc"] > preset.grey[split]["rebalanced_auc"]


def test_a_tflite_file_describes_itself(toy_tflite):
    assert presets.describe(toy_tflite)["name"] == "toy"


@pytest.mark.parametrize("content", [b"", b"text", b"\0\0\0\0TFL3 of another program"])
def test_a_foreign_file_is_refused(tmp_path, content):
    file = tmp_path / "model.tflite"
    file.write_bytes(content)
    with pytest.raises(presets.PresetError, match=r"model\.tflite"):
        presets.describe(file)


def test_a_truncated_tflite_file_is_refused(tmp_path, toy_tflite):
    file = tmp_path / "model.tflite"
    file.write_bytes(toy_tflite.read_bytes()[:-30])
    with pytest.raises(presets.PresetError, match="damaged"):
        presets.describe(file)


def test_a_tflite_file_with_damaged_weights_is_refused(tmp_path, toy_tflite):
    content = bytearray(toy_tflite.read_bytes())
    content[len(content) // 2] ^= 1
    file = tmp_path / "model.tflite"
    file.write_bytes(content)
    with pytest.raises(presets.PresetError, match="damaged"):
        presets.describe(file)


def test_the_table_is_readable_json(folder):
    assert json.loads((folder / presets.TABLE).read_text())["mine"]["model"] == "UNet"


def model_file(path, description, compression=zipfile.ZIP_DEFLATED):
    """A file that says this of itself; its model is eight bytes."""
    content = b"\0\0\0\0TFL3"
    path.write_bytes(content)
    whole = {"name": "mine", "color_space": "lab", "temperature": None, "bytes": len(content)}
    whole["sha256"] = hashlib.sha256(content).hexdigest()
    if isinstance(description, dict):
        description = json.dumps(whole | description)
    with zipfile.ZipFile(path, "a", compression) as archive:
        archive.writestr(presets.DESCRIPTION, description)
    return path


@pytest.mark.parametrize(
    "description",
    [
        "[" * 200_000,
        '{"a": ' * 20_000,
        " " * 2**27 + "{}",
        {"bytes": 1e18},
        {"bytes": 10**18},
        {"bytes": -1},
        {"bytes": "8"},
        {"color_space": ["lab"]},
        {"temperature": float("nan")},
        {"temperature": 10**400},
        {"temperature": "warm"},
        {"name": {"mine": 1}},
        {"sha256": 3},
        "[]",
        "null",
    ],
    ids=lambda value: str(value)[:20],
)
def test_a_hostile_description_is_refused_and_costs_nothing(tmp_path, description):
    assert presets.describe(model_file(tmp_path / "good.tflite", {}))["name"] == "mine"
    path = model_file(tmp_path / "bad.tflite", description)
    tracemalloc.start()
    with pytest.raises(presets.PresetError, match=r"bad\.tflite is damaged") as caught:
        presets.describe(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 20e6
    assert "\n" not in str(caught.value)


def test_metadata_packed_in_an_unusual_way_are_refused(tmp_path):
    path = model_file(tmp_path / "bad.tflite", {}, zipfile.ZIP_LZMA)
    with pytest.raises(presets.PresetError, match="damaged"):
        presets.describe(path)


def test_a_pipe_is_no_model(tmp_path):
    os.mkfifo(tmp_path / "pipe.tflite")
    with pytest.raises(presets.PresetError, match="not a file"):
        presets.describe(tmp_path / "pipe.tflite")
