"""What a batch is asked for: values that travel from a command to the workers."""

import dataclasses

from kerascolor.runtime import limits


class BatchError(ValueError):
    """What is asked for can't be begun as it stands, and why, in one line.

    Args:
        reason: Why, as a sentence without a full stop.
        argument: Name of the argument of `batch.colorize`, or field of `Settings` or
            `BatchSettings`, that is at fault; None where it is none of them.
        model: A preset with which it would do, after "such as"; or None.
    """

    def __init__(self, reason, argument=None, model=None):
        super().__init__(reason, argument, model)
        self.reason, self.argument, self.model = reason, argument, model

    def __str__(self):
        text = f"{self.argument}: {self.reason}" if self.argument else self.reason
        return f"{text}, such as model={self.model!r}" if self.model else text


@dataclasses.dataclass(frozen=True)
class Settings:
    """How each photo is colorized.

    Args:
        model: Name of a preset, or path of a .tflite file.
        temperature: See `Colorizer.__call__`; for samples `Colorizer.sample`. None for the default.
        saturation: Factor of the chroma.
        samples: How many different colorizations each photo gets, as NAME-1 and so on; None for the
            likeliest alone, as NAME.
        seed: Decides the samples: a whole number of 0 or more.
        compare: Whether each photo also gets a sheet of the photo in grey and in colour, as
            NAME-compare. Samples always get one, as NAME-samples.
        keep_color: Whether photos that are in colour already are passed over.
        damaged: Whether damaged photos are colorized as far as they can be read.
        max_megapixels: A photo of more millions of pixels is refused. Each takes up to 9 bytes of
            memory a pixel.
        mark: Whether results say in their metadata that their colours were added, and how.
        hints: The `Hint`s of the one photo; or of several, a dictionary by the photos' names, which
            may begin with the folders that they are in.
        reference: Path of a photo in colour whose palette the photos are to have, or None.

    Raises:
        BatchError: A number is out of the range that `runtime.limits` has for it.
    """

    model: str = "classifier"
    temperature: float | None = None
    saturation: float = 1.0
    samples: int | None = None
    seed: int = 0
    compare: bool = False
    keep_color: bool = False
    damaged: bool = False
    max_megapixels: int = 300
    mark: bool = True
    hints: tuple | dict = ()
    reference: str | None = None

    def __post_init__(self):
        _check(self, "temperature", "saturation", "samples", "seed", "max_megapixels")


@dataclasses.dataclass(frozen=True)
class BatchSettings:
    """How a batch of photos is run.

    Args:
        threads: Processor cores to use; by default, and at most, all.
        workers: Photos to work on at a time; by default one for each of these cores.
        overwrite: Whether photos whose output exists are colorized, too.
        report: File ending in .jsonl that gets a line of JSON for each photo; None for no such
            file.
    """

    threads: int | None = None
    workers: int | None = None
    overwrite: bool = False
    report: str | None = None

    def __post_init__(self):
        _check(self, "threads", "workers")


def _check(settings, *names):
    """Raises BatchError where a field is out of its range."""
    for name in names:
        try:
            limits.check(name, getattr(settings, name))
        except ValueError as error:
            raise BatchError(str(error).partition(": ")[2], name) from error
