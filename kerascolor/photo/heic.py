"""HEIC files, as telephones write them, which are only read."""

import pi_heif

from kerascolor.photo import reader

pi_heif.register_heif_opener(thumbnails=False)


class Reader(reader.Reader):
    """Reads a HEIC file, which Pillow sees upright and with 8 bits a channel."""

    FORMAT = pi_heif.HeifImageFile.format

    def count(self):
        # The picture that the file opens with is the one that its telephone shows.
        return 1
