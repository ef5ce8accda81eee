"""How good colorized photos are: figures, tables and experiments."""

from kerascolor import optional

optional.check(__name__, "tensorflow_io", "tensorflow_probability", "skimage")
