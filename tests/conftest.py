"""Photos and models that several tests use."""

import contextlib
import hashlib
import json
import os
import shlex
import shutil
import signal
import sys
import threading
import zipfile

import numpy as np
import PIL.Image
import pytest
import skimage
import web_page

from kerascolor import ab_plane, presets
from kerascolor.commands import main

PHOTOS = {name: getattr(skimage.data, name)()[::2, ::2] for name in ("astronaut", "coffee")}
PROGRAM = [
    sys.executable,
    "-c",
    "import sys; from kerascolor.commands.main import main; sys.exit(main())",
]


def heed_ctrl_c():
    signal.signal(signal.SIGINT, signal.default_int_handler)


def files(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def contents(folder):
    return {name: (folder / name).read_bytes() for name in files(folder)}


@pytest.fixture
def scans(tmp_path):
    """A folder with three photos, one of them in a subfolder."""
    folder = tmp_path / "scans"
    (folder / "box 1").mkdir(parents=True)
    grey = PIL.Image.fromarray(PHOTOS["astronaut"]).convert("L").convert("RGB")
    grey.save(folder / "astronaut.png")
    PIL.Image.fromarray(PHOTOS["coffee"]).convert("L").save(folder / "coffee.JPG")
    grey = PIL.Image.fromarray(PHOTOS["coffee"]).convert("L").convert("RGB")
    grey.save(folder / "box 1" / "coffee.webp")
    return folder


@pytest.fixture
def run(toy_tflite, capsys):
    """Runs `kerascolor colorize` with the toy model, and gives status, output and errors."""

    def run(*arguments):
        with contextlib.suppress(SystemExit):
            status = None
            status = main.main(["colorize", "--model", str(toy_tflite), *map(str, arguments)])
        captured = capsys.readouterr()
        assert "Traceback" not in captured.err
        return status, captured.out.splitlines(), captured.err.splitlines()

    return run


@pytest.fixture
def photo_folder(tmp_path):
    """A folder with photos in every format that training reads, one of them in a subfolder."""
    folder = tmp_path / "photos"
    (folder / "deeper").mkdir(parents=True)
    names = ["astronaut.jpg", "coffee.png", "chelsea.webp", "rocket.bmp"]
    for index in range(8):
        name = names[index % 4]
        pixels = getattr(skimage.data, name.split(".")[0])()[:: 2 + index // 4, :: 2 + index // 4]
        place = folder / ("deeper" if index == 7 else ".") / f"{index}-{name}"
        PIL.Image.fromarray(pixels).save(place)
    return folder


@pytest.fixture
def split_folder(photo_folder):
    """The same with a manifest that puts two photos into validation."""
    names = sorted(
        p.relative_to(photo_folder).as_posix() for p in photo_folder.rglob("*") if p.is_file()
    )
    rows = [f"{name},{'val' if index < 2 else 'train'}" for index, name in enumerate(names)]
    (photo_folder / "manifest.csv").write_text("\n".join(["file,split", *rows]))
    return photo_folder


@pytest.fixture
def pair_folder(tmp_path):
    """A folder of six pairs, whose infrared is the green of the visible picture."""
    folder = tmp_path / "pairs"
    folder.mkdir()
    rows = ["vis,ir,split,band"]
    for index in range(6):
        name = ("astronaut", "coffee", "chelsea")[index % 3]
        pixels = getattr(skimage.data, name)()[20 * index :][:240:2, :320:2]
        PIL.Image.fromarray(pixels).save(folder / f"{index}_vis.png")
        PIL.Image.fromarray(pixels[..., 1]).save(folder / f"{index}_ir.png")
        split = "train" if index < 4 else "test"
        rows.append(f"{index}_vis.png,{index}_ir.png,{split},{('nir', 'thermal')[index % 2]}")
    (folder / "manifest.csv").write_text("\n".join(rows))
    return folder


def write_tflite(path, output, inputs=("luminance", "temperature"), noise=(1, 2), **description):
    """Writes a model for a grid of 64 x 64 that gives what `output` does of these inputs.

    Its input `noise` has the shape of that name.
    """
    import tensorflow as tf

    shapes = {"luminance": (1, 64, 64, 1), "temperature": (1,), "noise": noise}
    shapes |= {"hints": (1, 64, 64, 3), "palette": (1, 1 + len(ab_plane.centers()))}
    module = tf.Module()
    module.colorize = tf.function(
        output, input_signature=[tf.TensorSpec(shapes[name], name=name) for name in inputs]
    )
    saved = str(path.with_suffix(""))
    tf.saved_model.save(module, saved, signatures={"colorize": module.colorize})
    converter = tf.lite.TFLiteConverter.from_saved_model(saved, signature_keys=["colorize"])
    content = converter.convert()
    path.write_bytes(content)
    description |= {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(presets.DESCRIPTION, json.dumps({"name": path.stem, **description}))
    return path


@pytest.fixture(scope="session")
def toy_tflite(tmp_path_factory):
    """A classifier whose answer is known: chroma (luminance, temperature) / 4."""
    import tensorflow as tf

    def colorize(luminance, temperature):
        second = temperature * tf.ones_like(luminance)
        return {"chroma": tf.concat([luminance, second], axis=-1) / 4}

    path = tmp_path_factory.mktemp("toy") / "toy.tflite"
    return write_tflite(path, colorize, color_space="lab", temperature=0.5)


@pytest.fixture(scope="module")
def toy(toy_tflite):
    """The colorizer of `toy_tflite`."""
    from kerascolor.runtime import colorizer

    return colorizer.Colorizer(toy_tflite, threads=2)


@pytest.fixture(scope="session")
def rgb_tflite(tmp_path_factory):
    """A model that gives RGB, always the same, and takes no temperature."""
    import tensorflow as tf

    def colorize(luminance):
        return {"rgb": 0 * luminance + tf.constant([0.6, 0.4, 0.3])}

    path = tmp_path_factory.mktemp("rgb") / "plain.tflite"
    return write_tflite(path, colorize, inputs=["luminance"], color_space="rgb", temperature=None)


@pytest.fixture(scope="session")
def sampling_tflite(tmp_path_factory):
    """A model that samples, whose answer is known: everywhere chroma noise / 8."""
    import tensorflow as tf

    def colorize(luminance, noise):
        return {"chroma": 0 * luminance + tf.reshape(noise, (1, 1, 1, 2)) / 8}

    path = tmp_path_factory.mktemp("sampling") / "drawn.tflite"
    inputs = ["luminance", "noise"]
    return write_tflite(path, colorize, inputs=inputs, color_space="lab", temperature=None)


# The chances of three colours, in units of a and b, that `hinted_tflite` knows.
TOY_COLORS = {(50, 30): 0.6, (10, -50): 0.3, (-50, 40): 0.1}


@pytest.fixture(scope="session")
def hinted_tflite(tmp_path_factory):
    """A model that takes hints, whose answer is known.

    Everywhere a is 1/4 where there is a palette, and b is 1/4 where there is a point in its window;
    likely are TOY_COLORS, and with a point the last of them is a hundred times as likely.
    """
    import tensorflow as tf

    chances = np.full(len(ab_plane.centers()), 1e-9, np.float32)
    units = np.rint(110 * ab_plane.centers()).tolist()
    places = [units.index(list(map(float, chroma))) for chroma in TOY_COLORS]
    chances[places] = list(TOY_COLORS.values())
    more = np.zeros_like(chances)
    more[places[-1]] = np.log(100)

    def colorize(luminance, hints, palette):
        hinted = tf.reduce_max(hints[..., 2])
        chroma = [0 * luminance + palette[0, -1] / 4, 0 * luminance + hinted / 4]
        logits = np.log(chances) + more * hinted + 0 * luminance[:, ::4, ::4]
        return {"chroma": tf.concat(chroma, axis=-1), "logits": logits}

    path = tmp_path_factory.mktemp("hinted") / "guided.tflite"
    inputs = ["luminance", "hints", "palette"]
    return write_tflite(path, colorize, inputs=inputs, color_space="lab", temperature=None)


@pytest.fixture(scope="session")
def lpips_file(tmp_path_factory):
    """A file like that of the true weights, with random ones."""
    random = np.random.default_rng(0)
    widths = (3, 64, 192, 384, 256, 256)
    arrays = {}
    for n, size in enumerate((11, 5, 3, 3, 3), 1):
        shape = (size, size, *widths[n - 1 : n + 1])
        arrays[f"conv{n}/kernel"] = random.normal(0, np.prod(shape[:3]) ** -0.5, shape)
        arrays[f"conv{n}/bias"] = random.normal(0, 0.1, widths[n])
        arrays[f"linear{n}/weight"] = random.uniform(0, 1, widths[n])
    path = tmp_path_factory.mktemp("lpips") / "lpips.npz"
    np.savez(path, **{name: array.astype(np.float16) for name, array in arrays.items()})
    return path


@pytest.fixture(scope="session")
def web_address():
    """Host and port where the page of `kerascolor web` is served."""
    from kerascolor.web import server

    with server.Server(0) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield running.server_address
        running.shutdown()


@pytest.fixture(scope="session")
def chromium(tmp_path_factory):
    """A program that starts Chromium, and beside it the file "process", which says what started."""
    found = shutil.which("chromium")
    if not found:
        pytest.skip("the page is not tested: there is no chromium (apt install chromium)")
    program = tmp_path_factory.mktemp("chromium") / "start"
    note = shlex.quote(str(program.with_name("process")))
    program.write_text(f'#!/bin/sh\necho $$ > {note}\nexec {shlex.quote(found)} "$@"\n')
    program.chmod(0o755)
    return program


@pytest.fixture
def browser_limit(chromium):
    """Kills the browser of a test that takes too long, for not every wait has a limit."""
    killed = threading.Event()

    def kill():
        killed.set()
        with contextlib.suppress(OSError, ValueError):
            # Playwright starts it as the first process of a group.
            os.killpg(int(chromium.with_name("process").read_text()), signal.SIGKILL)

    timer = threading.Timer(web_page.TEST_SECONDS, kill)
    timer.daemon = True
    timer.start()
    yield
    timer.cancel()
    if killed.is_set():
        pytest.fail(f"the browser was killed: the test took {web_page.TEST_SECONDS} seconds")


# For a module alone: one that was killed costs no other module its tests.
@pytest.fixture(scope="module")
def browser(chromium):
    """Chromium, driven by playwright."""
    api = pytest.importorskip("playwright.sync_api", reason="pip install playwright")
    # It must not look for updates, nor need its sandbox where tests run as root.
    flags = ["--no-sandbox", "--disable-background-networking", "--disable-component-update"]
    flags += ["--disable-quic", "--disable-sync", "--no-first-run"]
    with api.sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium, args=flags)
        yield running
        running.close()


@pytest.fixture(scope="module")
def web_context(browser, web_address):
    """A browser's memory of the page; every request must go to the page's own server."""
    own = browser.new_context(viewport={"width": 1280, "height": 860}, accept_downloads=True)
    own.set_default_timeout(1000 * web_page.WAIT_SECONDS)
    asked = []
    own.on("request", lambda request: asked.append(request.url))
    yield own
    own.close()
    host, port = web_address
    outside = [url for url in asked if not url.startswith((f"http://{host}:{port}/", "blob:"))]
    assert asked and not outside
