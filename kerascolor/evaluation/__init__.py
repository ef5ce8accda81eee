"""How good colorized photos are: figures, tables and experiments."""

from kerascolor import optional

optional.check(__name__, "train", "tensorflow_io", "tensorflow_probability", "skimage")
