"""What a result says about itself: that its colours were added, by which model and settings.

It stands in the XMP packet, where later runs read it again, and in EXIF's Software.
"""

import dataclasses
import functools
import importlib.metadata
import os
import re
from xml.sax import saxutils

from PIL import Image

from kerascolor import color, photo, terminal

NAMESPACE = "urn:kerascolor:1.0#"
SOFTWARE = 305
END = b"</rdf:RDF>"
EMPTY = (
    b'<?xpacket begin="\xef\xbb\xbf" id="W5M0MpCehiHzreSzNTczkc9d"?>'
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/">'
    b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"></rdf:RDF>'
    b'</x:xmpmeta><?xpacket end="w"?>'
)
# What results say that were infrared pictures.
VIEW = "plausible, not measured"
# What a later run compares: a result that differs here is not what it would make.
COMPARED = ("model", "temperature", "saturation", "seed", "hints", "reference")
# Nothing is looked at twice, for a packet of megabytes may be made of beginnings alone.
OWN = re.compile(
    rb'<rdf:Description (?:(?!xmlns:kerascolor=")[^<>])*+xmlns:kerascolor="[^<>]*+(?<=/)>'
)
ATTRIBUTE = re.compile(r'kerascolor:(\w{1,40})="([^"]*)"')
# More characters of a text that a file holds are not said again.
LONGEST = 80


def values(settings, description, sample=None, hints=()):
    """What is to be said of a result, text by name.

    Args:
        settings: `Settings`.
        description: What the model's file says about itself.
        sample: Index of the sample, or None.
        hints: The photo's `Hint`s.
    """
    said = {
        "colors": "added",
        "model": _plain(description["name"]),
        "model_sha256": description["sha256"],
        "saturation": f"{settings.saturation:g}",
    }
    if color.is_whole(description["color_space"]):
        said["view"] = VIEW
    if settings.temperature is not None:
        said["temperature"] = f"{settings.temperature:g}"
    if settings.samples:
        said["seed"] = f"{settings.seed}"
    if sample is not None:
        said["sample"] = f"{sample + 1}"
    if hints:
        said["hints"] = " ".join(map(str, hints))
    if settings.reference is not None:
        said["reference"] = terminal.safe(os.path.basename(settings.reference))
    return said


def mark(picture, said):
    """The photo with what is said of it, in place of what an earlier run has said.

    Args:
        picture: `photo.Photo` or `photo.PlanarPhoto`.
        said: See `values`.
    """
    attributes = [f'xmlns:kerascolor="{NAMESPACE}"', f'kerascolor:version="{_version()}"']
    for name, text in said.items():
        quoted = saxutils.escape(text, {'"': "&quot;"})
        attributes.append(f'kerascolor:{name}="{quoted}"')
    ours = f'<rdf:Description rdf:about="" {" ".join(attributes)}/>'.encode()
    before, end, after = OWN.sub(b"", picture.xmp or EMPTY).rpartition(END)
    # A packet without an end is of another encoding, and stays as it is.
    xmp = before + ours + end + after if end else picture.xmp
    what = f"a {said['view']} view" if "view" in said else "colours"
    exif = _with_software(picture.exif, f"kerascolor {_version()} ({what} by {said['model']})")
    return dataclasses.replace(picture, xmp=xmp, exif=exif)


def read(path):
    """What is said of a result, see `values`; empty where nothing is, or it can't be read."""
    formats = sorted(set(photo.FORMATS.values()))
    try:
        with Image.open(path, formats=formats) as image:
            packet = image.info.get("xmp") or b""
    except Exception:
        # Whatever the file is, it stays as it is.
        return {}
    packet = packet.encode() if isinstance(packet, str) else packet
    return _said(packet) if isinstance(packet, bytes) else {}


def has_added_colors(picture):
    """Whether a `photo.Photo` says that an earlier run has added its colours."""
    return _said(picture.xmp or b"").get("colors") == "added"


def _said(packet):
    found = OWN.search(packet)
    attributes = ATTRIBUTE.findall(found[0].decode(errors="replace")) if found else ()
    said = {name: _plain(saxutils.unescape(text, {"&quot;": '"'})) for name, text in attributes}
    said.pop("version", None)
    return said


def _plain(text):
    """A text that a file holds, for a line and for XML: short, and without control characters."""
    return terminal.safe(text[:LONGEST].replace("\n", " "))[:LONGEST]


def different(said, wanted):
    """The settings in what a result says that another would not say: tuple of (name, text) pairs.

    The text is None for a default. A result that says nothing about itself differs in nothing.
    """
    if not said:
        return ()
    names = [name for name in COMPARED if said.get(name) != wanted.get(name)]
    if "model" not in names and said.get("model_sha256") != wanted["model_sha256"]:
        names.append("model_sha256")
    return tuple((name, said.get(name)) for name in names)


def _with_software(content, ours):
    """EXIF data whose Software ends in ours."""
    exif = Image.Exif()
    try:
        exif.load(content)
        before = str(exif.get(SOFTWARE, "")).partition("kerascolor")[0].rstrip("; \0")
        exif[SOFTWARE] = f"{before}; {ours}" if before else ours
        return exif.tobytes()
    except Exception:
        # Some cameras' data can't be written again; the photo matters more.
        return content


@functools.cache
def _version():
    return importlib.metadata.version("kerascolor")
