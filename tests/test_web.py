"""The page of `kerascolor web`, in a browser."""

import base64
import functools
import http.server
import io
import pathlib
import re
import threading
import zipfile

import numpy as np
import PIL.Image
import pytest
import skimage
from web_page import add, load, open_page, psnr, save

import kerascolor
from kerascolor.commands import main
from kerascolor.web import server, site

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("browser_limit")]

REPOSITORY = pathlib.Path(__file__).parents[1]
GREY = REPOSITORY / "examples" / "photos" / "grey"


@pytest.fixture
def page(web_context, web_address):
    """The page, just loaded."""
    opened = web_context.new_page()
    errors = []
    opened.on("pageerror", lambda error: errors.append(str(error)))
    load(opened, web_address)
    yield opened
    opened.close()
    assert not errors


def wide_photo():
    return PIL.Image.open(GREY / "city.jpg").convert("L").resize((1001, 250))


def large_photo():
    return PIL.Image.fromarray(skimage.data.coffee()).resize((1201, 801))


def faded_photo():
    grey = PIL.Image.fromarray(skimage.data.chelsea()).convert("L")
    return grey.point(lambda level: 100 + level // 5)


def largest_photo():
    return PIL.Image.fromarray(skimage.data.coffee()).convert("L").resize((2503, 1671))


largest = pytest.param(largest_photo, marks=pytest.mark.slow)


@pytest.mark.parametrize("make", [wide_photo, large_photo, faded_photo, largest])
def test_a_saved_photo_is_what_the_command_writes(page, tmp_path, make):
    make().save(tmp_path / "photo.png")
    add(page, tmp_path / "photo.png")
    content, name = save(page)
    assert name == "photo-in-colour.png"
    saved = PIL.Image.open(io.BytesIO(content)).convert("RGB")
    output = tmp_path / "colour.png"
    assert main.main(["colorize", str(tmp_path / "photo.png"), "--output", str(output)]) == 0
    assert psnr(saved, PIL.Image.open(output)) >= 40
    assert np.asarray(saved).std(axis=-1).mean() > 1


def test_the_settings_are_those_of_the_command(page):
    add(page, GREY / "dahlia.jpg")
    colorizer = kerascolor.load("classifier")
    own = int(page.input_value("#vividness"))
    for vividness, saturation in ((100, 100), (own, 0), (0, 150)):
        page.fill("#vividness", str(vividness))
        page.fill("#saturation", str(saturation))
        saved = PIL.Image.open(io.BytesIO(save(page)[0])).convert("RGB")
        temperature = None if vividness == own else 10 ** (-vividness / 100)
        expected = colorizer(GREY / "dahlia.jpg", temperature, saturation / 100)
        assert psnr(saved, expected) >= 40


def test_the_file_tells_what_the_photos_did_and_that_its_colours_were_added(page, tmp_path):
    exif = PIL.Image.Exif()
    exif[0x0112], exif[0x010F], exif[0x013B] = 6, "Camera of a test", "Somebody"
    photo = PIL.Image.fromarray(skimage.data.cat()).convert("L")
    for extension in ("jpg", "png", "webp"):
        # Chromium does not turn WebP.
        source = photo.transpose(PIL.Image.Transpose.ROTATE_270) if extension == "webp" else photo
        source.save(tmp_path / f"a.{extension}", exif=exif)
    files = sorted(tmp_path.iterdir())
    add(page, *files)
    for kind in ("PNG", "JPEG"):
        content, _ = save(page, "#save-all", kind)
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            assert len(archive.namelist()) == 3
            for name in archive.namelist():
                saved = PIL.Image.open(io.BytesIO(archive.read(name)))
                saved.load()
                assert saved.format == kind and saved.size == photo.size[::-1]
                told = saved.getexif()
                assert (told[0x0112], told[0x010F]) == (1, "Camera of a test")
                assert told[0x013B] == "Somebody"
                comment = saved.info.get("comment", b"").decode() or saved.info["Comment"]
                assert comment.startswith("Colours added by kerascolor (classifier)")
                assert b"compositeWithTrainedAlgorithmicMedia" in archive.read(name)


def test_twenty_photos_of_which_some_cant_be_read(page, tmp_path):
    names = [f"{number:02}.jpg" for number in range(20)]
    photo = PIL.Image.open(GREY / "tea.jpg").resize((150, 100))
    for name in names:
        photo.save(tmp_path / name)
    (tmp_path / names[3]).write_text("This is no photo.")
    content = (tmp_path / names[7]).read_bytes()
    (tmp_path / names[7]).write_bytes(content[:20])
    add(page, *(tmp_path / name for name in names))
    told = page.locator("#photos .failed").all_inner_texts()
    assert [text.split("\n") for text in told] == [
        ["03.jpg", "not a photo that this browser can read"],
        ["07.jpg", "the JPEG file is damaged"],
    ]
    page.wait_for_selector("#progress", state="hidden")
    assert page.inner_text("#status") == "18 photos coloured, 2 can't be read"
    content, name = save(page, "#save-all", "JPEG")
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        kept = [f"{name[:2]}-in-colour.jpg" for name in names if name[:2] not in ("03", "07")]
        assert archive.namelist() == kept and archive.testzip() is None
    page.click("#photos .failed >> nth=0")
    page.wait_for_selector("#problem:has-text('03.jpg: not a photo')")


def test_a_single_photo_that_cant_be_read_is_told(page):
    page.set_input_files("#start input", REPOSITORY / "pyproject.toml")
    page.wait_for_selector("#problem:has-text('pyproject.toml: not a photo')")
    page.wait_for_selector('#status:has-text("0 photos coloured, 1 can\'t be read")')


def test_a_file_that_browsers_cant_read_is_told_what_to_do(page, tmp_path):
    photo = PIL.Image.open(GREY / "tea.jpg")
    photo.save(tmp_path / "a.tif")
    (tmp_path / "b.heic").write_bytes(b"\0\0\0\x18ftypheic" + bytes(50))
    (tmp_path / "c.jpg").write_bytes(b"")
    header = bytes.fromhex("89504e470d0a1a0a0000000d49484452 00005000 00003c00 0800000000")
    (tmp_path / "d.png").write_bytes(header + bytes(50))
    add(page, *sorted(tmp_path.iterdir()))
    assert page.locator("#photos .failed .state").all_inner_texts() == [
        "browsers can't read TIFF: use kerascolor colorize",
        "this browser can't read HEIC: save it as JPEG",
        "the file is empty",
        "315 megapixels are more than the 120 that fit here: use kerascolor colorize",
    ]


def picture(page, selector):
    """The pixels of a canvas."""
    url = page.eval_on_selector(selector, "canvas => canvas.toDataURL()")
    content = base64.b64decode(url.partition(",")[2])
    return np.asarray(PIL.Image.open(io.BytesIO(content)).convert("RGB"), np.float64)


def test_suggestions_differ_and_the_chosen_one_is_saved(page):
    add(page, GREY / "lake.jpg")
    page.check("#models input[value=vae]")
    page.wait_for_selector("#compare[aria-busy=false]", state="attached")
    canvases = [picture(page, f".choices label:nth-child({n}) canvas") for n in range(1, 7)]
    for n, one in enumerate(canvases):
        assert all(psnr(one, other) < 45 for other in canvases[:n])
    likeliest = PIL.Image.open(io.BytesIO(save(page)[0])).convert("RGB")
    assert psnr(likeliest, kerascolor.load("vae")(GREY / "lake.jpg")) >= 40
    page.check(".choices label:nth-child(3) input", force=True)
    chosen = PIL.Image.open(io.BytesIO(save(page)[0])).convert("RGB")
    shown = np.asarray(chosen.resize(canvases[2].shape[1::-1], PIL.Image.Resampling.BOX))
    assert psnr(shown, canvases[2]) > psnr(shown, canvases[0]) + 5
    page.click("#draw")
    page.wait_for_selector("#compare[aria-busy=false]", state="attached")
    assert psnr(picture(page, ".choices label:nth-child(3) canvas"), canvases[2]) < 45


def test_settings_for_one_photo_and_for_all(page):
    add(page, GREY / "cat.jpg", GREY / "tea.jpg")
    page.fill("#saturation", "0")
    page.click("#photos li:nth-child(2) button")
    assert page.input_value("#saturation") == "100"
    page.click("#photos li:nth-child(1) button")
    assert page.input_value("#saturation") == "0"
    page.click("#all")
    page.click("#photos li:nth-child(2) button")
    assert page.input_value("#saturation") == "0"
    page.click("#reset")
    assert page.input_value("#saturation") == "100"


def test_a_photo_is_dropped_or_pasted(page):
    content = base64.b64encode((GREY / "cat.jpg").read_bytes()).decode()
    transfer = page.evaluate_handle(
        """text => {
            const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
            const transfer = new DataTransfer();
            transfer.items.add(new File([bytes], "dropped.jpg", {type: "image/jpeg"}));
            return transfer;
        }""",
        content,
    )
    page.dispatch_event("body", "drop", {"dataTransfer": transfer})
    page.wait_for_selector("#photos .done:has-text('dropped.jpg')", state="attached")
    page.evaluate(
        "transfer => document.dispatchEvent("
        "new ClipboardEvent('paste', {clipboardData: transfer, bubbles: true}))",
        transfer,
    )
    page.wait_for_selector("#photos li:nth-child(2) .done")


def test_the_keyboard_is_enough(page):
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.type") == "file"
    add(page, GREY / "cat.jpg", GREY / "tea.jpg")
    page.focus("#divider")
    page.keyboard.press("ArrowRight")
    style = "getComputedStyle(document.querySelector('#compare')).getPropertyValue('--divider')"
    assert page.evaluate(style) == "51%"
    page.focus("#photos button")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    assert page.inner_text("#name") == "tea.jpg"
    reached = set()
    for _ in range(30):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.id || document.activeElement.name"))
    assert {"divider", "model", "vividness", "saturation", "reset", "type", "save-one"} <= reached


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_and_nothing_is_cut_off(page, scheme):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": 360, "height": 740})

    def check():
        found = axe.Axe().run(page, options={"resultTypes": ["violations"]})
        assert found.violations_count == 0, found.generate_report()
        assert page.evaluate("document.documentElement.scrollWidth") <= 360

    check()
    add(page, GREY / "cat.jpg", REPOSITORY / "pyproject.toml")
    check()
    page.check("#models input[value=vae]")
    page.wait_for_selector("#compare[aria-busy=false]", state="attached")
    check()
    page.set_viewport_size({"width": 1280, "height": 860})


def test_the_page_works_after_its_server_is_gone(browser):
    with server.Server(0) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        page = open_page(browser)
        load(page, running.server_address)
        add(page, GREY / "cat.jpg")
        running.shutdown()
    load(page, running.server_address)
    assert page.evaluate("crossOriginIsolated")
    add(page, GREY / "cat.jpg")
    saved = PIL.Image.open(io.BytesIO(save(page)[0])).convert("RGB")
    assert psnr(saved, kerascolor.load("classifier")(GREY / "cat.jpg")) >= 40
    page.close()


@pytest.fixture
def plain_host(tmp_path):
    """The address of a host that sends no headers of its own, of the folder tmp_path / "public"."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_):
            pass

    site.write(tmp_path / "public" / "colours")
    handler = functools.partial(Quiet, directory=tmp_path / "public")
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as plain:
        threading.Thread(target=plain.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{plain.server_port}/"
        plain.shutdown()


def test_a_host_without_headers_will_do(browser, plain_host):
    """Without threads, and in a folder of a site."""
    page = open_page(browser)
    page.goto(f"{plain_host}colours/")
    page.wait_for_selector("html[data-ready]")
    assert not page.evaluate("crossOriginIsolated")
    add(page, GREY / "cat.jpg")
    saved = PIL.Image.open(io.BytesIO(save(page)[0])).convert("RGB")
    assert psnr(saved, kerascolor.load("classifier")(GREY / "cat.jpg")) >= 40
    page.close()


def test_the_documents_page_colorizes(browser, plain_host, tmp_path):
    text = (REPOSITORY / "docs" / "web.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"^```html\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
    (tmp_path / "public" / "index.html").write_text(example, encoding="utf-8")
    page = open_page(browser)
    page.goto(plain_host)
    page.set_input_files("#file", GREY / "cat.jpg")
    with page.expect_download() as download:
        page.click("#link")
    saved = PIL.Image.open(download.value.path()).convert("RGB")
    assert psnr(saved, kerascolor.load("classifier")(GREY / "cat.jpg")) >= 40
    page.close()
