"""Files made of a fuzzer's inputs, so that its mutations reach what checks would keep from them."""

import hashlib
import io
import json
import struct
import zipfile

import atheris

from kerascolor import presets

# Values that tags have in ordinary files, and then those that upset readers. Every page has these,
NEEDED = {
    256: [16, 1, 60, 2**31, 0],
    257: [16, 1, 40, 2**31, 0],
    258: [16, 8, 32, 64, 1, 12, 0],
    259: [1, 5, 7, 8, 32773, 34925, 50000, 4],
    262: [1, 0, 2, 3, 5, 6, 8],
    273: [16, 200, 0, 2**32 - 1],
    277: [1, 2, 3, 4, 5, 0, 65535],
    278: [16, 1, 7, 40, 2**32 - 1, 0],
    279: [512, 1, 10_000, 0, 2**32 - 1],
}
# and some have these.
FURTHER = {
    274: [1, 3, 6, 9],
    284: [1, 2, 3],
    317: [1, 2, 3, 9],
    320: [16],
    322: [16, 1, 64, 2**31, 0],
    323: [16, 1, 64, 2**31, 0],
    324: [16, 200, 0],
    325: [512, 1000, 0],
    338: [0, 1, 2, 3],
    339: [1, 2, 3, 4],
    700: [16],
    33723: [16],
    34665: [16, 200, 2**32 - 1],
    34675: [16],
}
KINDS = [4, 3, 1, 2, 5, 7, 13, 16, 99]
COUNTS = [1, 3, 4, 7, 2**31]
PIXELS = 1000


def tiff(content):
    """A TIFF file whose pages' tags the input chooses; its last bytes are the pixels."""
    chosen = atheris.FuzzedDataProvider(content)
    order, is_big = chosen.PickValueInList(["<", ">"]), chosen.ConsumeBool()
    word = order + ("Q" if is_big else "I")
    head = (b"II" if order == "<" else b"MM") + struct.pack(order + "H", 43 if is_big else 42)
    head += struct.pack(order + "HH", 8, 0) if is_big else b""
    start = len(head) + struct.calcsize(word) + PIXELS
    pages = b""
    for _ in range(chosen.ConsumeIntInRange(1, 3)):
        pages += _directory(chosen, order, is_big)
        goes_on = chosen.ConsumeIntInRange(0, 3)
        following = start + len(pages) + struct.calcsize(word)
        pages += struct.pack(word, following if goes_on > 1 else goes_on)
    return head + struct.pack(word, start) + chosen.ConsumeBytes(PIXELS).ljust(PIXELS) + pages


def _directory(chosen, order, is_big):
    tags = {tag: NEEDED[tag] for tag in NEEDED if chosen.ConsumeIntInRange(0, 15) < 15}
    tags |= {tag: FURTHER[tag] for tag in FURTHER if chosen.ConsumeIntInRange(0, 7) == 7}
    directory = struct.pack(order + ("Q" if is_big else "H"), len(tags))
    for tag in sorted(tags):
        is_odd = chosen.ConsumeIntInRange(0, 7) == 7
        kind = chosen.PickValueInList(KINDS) if is_odd else 4
        count = chosen.PickValueInList(COUNTS) if is_odd else 1
        value = struct.pack(order + "I", chosen.PickValueInList(tags[tag]))
        directory += struct.pack(order + ("HHQ" if is_big else "HHI"), tag, kind, count)
        directory += value.ljust(8 if is_big else 4, b"\0")
    return directory


FLATBUFFER = b"\x1c\0\0\0TFL3" + bytes(100)


def description():
    """What a model file says about itself, as JSON."""
    said = {name: "lab" if kind is str else 1 for name, kind in presets.NEEDED.items()}
    said |= {"name": "toy", "temperature": 0.5, "bytes": len(FLATBUFFER)}
    said["sha256"] = hashlib.sha256(FLATBUFFER).hexdigest()
    return json.dumps(said).encode()


def model(content):
    """A .tflite file: the input's own bytes, or a whole one with the input as what it says."""
    if content[:1] != b"\0":
        return content
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(presets.DESCRIPTION, content[1:])
    return FLATBUFFER + file.getvalue()
