"""AVIF files, which are only read."""

from PIL import AvifImagePlugin

from kerascolor.photo import reader


class Reader(reader.Reader):
    """Reads an AVIF file."""

    FORMAT = AvifImagePlugin.AvifImageFile.format
