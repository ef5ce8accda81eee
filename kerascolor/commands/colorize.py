"""`kerascolor colorize`: photo files in colour."""

import dataclasses

from kerascolor import memory, terminal
from kerascolor.commands import flags

SUMMARY = "give photos their colours"
DESCRIPTION = (
    "Gives photos their colours: JPEG, PNG, WebP, TIFF, BMP, HEIC, AVIF, JPEG 2000, GIF and PPM. "
    "HEIC and AVIF become JPEG, JPEG 2000 becomes TIFF, GIF and PPM become PNG, unless --output "
    "says otherwise. Infrared pictures get a plausible view in visible light, not a measurement."
)

# Settings, as marks name them, of which the last line says no more than that they differ.
TOLD = {"model_sha256": "another file of that --model", "hints": "other --hint points"}
# How many kinds of settings the last line names.
MOST_KINDS = 3


def add_arguments(parser):
    parser.add_argument(
        "inputs",
        metavar="INPUT",
        nargs="+",
        help="photo, folder (searched recursively, except for hidden files), or pattern",
    )
    parser.add_argument(
        "-o",
        "--output",
        metavar="PATH",
        required=True,
        help="file for one photo, whose extension decides the format; else a folder, which is made "
        "if need be, and where a folder's tree is kept",
    )
    _add_colors(parser.add_argument_group("colours"))
    _add_photos(parser.add_argument_group("photos and results"))
    _add_batch_settings(parser.add_argument_group("the run"))


def _add_colors(group):
    flags.add_colors(group, can_sample=True)
    group.add_argument(
        "--hint",
        action="append",
        metavar="X,Y=COLOUR",
        help="the colour of a pixel of the one upright photo, such as 812,430=#2e6f40 or "
        "30,30=white; it spreads over what it belongs to; several are given one by one",
    )
    group.add_argument(
        "--hints",
        metavar="FILE.json",
        help="the same for many photos, by their names (docs/hints.md)",
    )
    group.add_argument(
        "--reference",
        metavar="PHOTO",
        help="another photo, in colour, whose palette the results are to have",
    )
    group.add_argument(
        "--samples",
        type=int,
        metavar="N",
        help="colorize each photo in N different ways, as NAME-1 to NAME-N, by a VAE, with a sheet "
        "of them all, NAME-samples, to choose from",
    )
    group.add_argument(
        "--seed",
        type=int,
        help="decides the --samples: the same one gives the same colours (default: 0)",
    )


def _add_photos(group):
    group.add_argument(
        "--compare",
        action="store_true",
        help="also write the grey photo and the one in colour side by side, as NAME-compare",
    )
    group.add_argument(
        "--keep-color",
        "--keep-colour",
        action="store_true",
        help="pass over photos that are in colour already; sepia and other single tints count as "
        "grey",
    )
    group.add_argument(
        "--damaged",
        action="store_true",
        help="colorize damaged photos, too, as far as they can be read",
    )
    group.add_argument(
        "--max-megapixels",
        type=int,
        metavar="N",
        default=300,
        help="refuse larger photos (default: %(default)s); a photo takes up to 9 bytes of "
        "memory for each pixel, so 1000 megapixels take 9 GB",
    )
    group.add_argument(
        "--no-mark",
        dest="mark",
        action="store_false",
        help="do not say in the results' metadata (XMP and EXIF Software) that their colours were "
        "added, by which model and settings",
    )


def _add_batch_settings(group):
    flags.add_threads(group)
    group.add_argument(
        "--workers",
        type=int,
        metavar="N",
        help="photos to work on at a time, each in a process of its own that takes memory for it "
        "(default: one for each core)",
    )
    group.add_argument(
        "--overwrite",
        action="store_true",
        help="colorize photos whose output exists too; without it they are skipped, and the last "
        "line says which settings they were made with",
    )
    group.add_argument(
        "--report",
        metavar="FILE.jsonl",
        help="add a line of JSON for each file: input, output, status, seconds, size (width and "
        "height), model, settings, and the reason why it failed, was skipped, or lost pages",
    )


def run(arguments):
    """Colorizes photos; returns the exit status."""
    memory.check()
    # Here, for the help needs neither OpenCV nor LiteRT.
    from kerascolor import batch

    by_hint = arguments.hint is not None
    try:
        if arguments.seed is not None and not arguments.samples:
            raise batch.BatchError("decides samples: give --samples, too", "seed")
        arguments.seed = arguments.seed or 0
        arguments.hints = _hints(arguments)
        arguments.model = arguments.model or ("vae" if arguments.samples else "classifier")
        with terminal.native_messages_off():
            summary = batch.colorize(
                arguments.inputs,
                arguments.output,
                _fill(batch.Settings, arguments),
                _fill(batch.BatchSettings, arguments),
            )
    except batch.BatchError as error:
        argument = "hint" if error.argument == "hints" and by_hint else error.argument
        flag = f"--{argument.replace('_', '-')}: " if argument else ""
        advice = f", such as --model {error.model}" if error.model else ""
        terminal.complain(f"kerascolor: {flag}{error.reason}{advice}")
        return 2
    terminal.say(_tell(summary))
    return summary.status


def _hints(arguments):
    """The hints of --hint and --hints, as `batch.Settings` takes them."""
    if not (arguments.hint or arguments.hints):
        return ()
    from kerascolor import batch
    from kerascolor.runtime import hints

    if arguments.hint and arguments.hints:
        raise batch.BatchError("stands beside --hints: give one of the two", "hint")
    if arguments.hint:
        try:
            return tuple(map(hints.parse, arguments.hint))
        except ValueError as error:
            raise batch.BatchError(str(error), "hint") from error
    try:
        return hints.read_file(arguments.hints)
    except OSError as error:
        reason = f"{arguments.hints} can't be read: {error.strerror}"
    except ValueError as error:
        reason = f"{arguments.hints}: {error}"
    raise batch.BatchError(" ".join(reason.split()), "hints")


def _fill(settings, arguments):
    """A settings class with the flags of its fields' names."""
    given = vars(arguments)
    return settings(**{field.name: given[field.name] for field in dataclasses.fields(settings)})


def _tell(summary):
    """The last line."""
    from kerascolor.photo import printable

    notes = {"colorized": _colors_note(summary), "skipped": _settings_note(summary)}
    counts = [f"{n} {outcome}{notes.get(outcome, '')}" for outcome, n in summary.counts.items()]
    if summary.kept:
        counts.append(f"{summary.kept} kept in colour")
    line = ", ".join(counts)
    if summary.left is not None:
        return f"interrupted: {line}, {summary.left} left; start again to go on"
    if summary.output is not None:
        line += f": see {printable(summary.output)}"
    elif summary.counts["skipped"] and not summary.made_with:
        line += ": what is skipped exists already; --overwrite colorizes it again"
    if summary.passed_over:
        kinds = (f"{kind or 'no extension'} {n}" for kind, n in summary.passed_over.items())
        line += f"; {sum(summary.passed_over.values())} passed over: {', '.join(kinds)}"
    return line


def _colors_note(summary):
    if not summary.had_colors:
        return ""
    if summary.is_infrared:
        return (
            f" ({summary.had_colors} in false colours, such as iron or rainbow, which mislead the "
            "model: save them in white-hot or black-hot grey)"
        )
    return f" ({summary.had_colors} in colour already; --keep-color passes such photos over)"


def _settings_note(summary):
    if not summary.made_with:
        return ""
    kinds = [
        ("" if len(summary.made_with) == 1 else f"{count} ")
        + "made with "
        + " ".join(_flag(name, value) for name, value in made)
        for made, count in summary.made_with.items()
    ]
    if len(kinds) > MOST_KINDS:
        kinds[MOST_KINDS - 1 :] = ["others with other settings"]
    return f" ({', '.join(kinds)}; --overwrite colorizes them again)"


def _flag(name, value):
    """A setting, as `marks` names it, as a flag."""
    if name in TOLD:
        return TOLD[name]
    return f"the default --{name}" if value is None else f"--{name} {value}"
