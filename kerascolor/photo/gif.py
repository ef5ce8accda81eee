"""GIF files, which are only read."""

from PIL import GifImagePlugin

from kerascolor.photo import reader


class Reader(reader.Reader):
    """Reads a GIF file."""

    FORMAT = GifImagePlugin.GifImageFile.format
