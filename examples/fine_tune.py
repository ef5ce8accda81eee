"""Goes on training a preset on photos of your own, with plain Keras, and saves the result.

    python examples/fine_tune.py PHOTOS mine.keras

Some hundred photos are enough to teach it their colours: a town's trams, a club's jerseys.
"""

import sys

import keras

import kerascolor.data
from kerascolor.models import BinClassifier


def fine_tune(folder, output, epochs=3, image_size=160):
    """Fine-tunes the default preset on a folder of photos and writes a .keras file."""
    model = BinClassifier.from_preset("classifier")
    # A tenth of the rate of its first training: enough to learn, too little to forget.
    model.compile(keras.optimizers.AdamW(2e-4))
    training = kerascolor.data.photos(folder, image_size, batch_size=8, training=True)
    validation = kerascolor.data.photos(folder, image_size, batch_size=8, training=False)
    model.fit(training, validation_data=validation, epochs=epochs)
    model.save(output)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("usage: python examples/fine_tune.py PHOTOS OUTPUT.keras")
    fine_tune(*sys.argv[1:])
