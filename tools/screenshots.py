"""Pictures of the page of `kerascolor web`, for README and docs/web.md.

    python -m tools.screenshots

Needs Chromium and playwright; writes docs/pictures/web-WIDTH.jpg.
"""

import pathlib
import shutil
import threading

from playwright import sync_api

from kerascolor.web import server

REPOSITORY = pathlib.Path(__file__).parents[1]
PHOTOS = REPOSITORY / "examples" / "photos" / "grey"
# The first one is shown.
NAMES = ("colosseum", "dahlia", "lake", "cat", "tea", "city", "pavilion", "astronaut")
SIZES = {"web-1280": (1280, 980), "web-360": (360, 780)}


def take(browser, url, size, path):
    """Writes a picture of the page with the photos in colour."""
    page = browser.new_page(viewport=dict(zip(("width", "height"), size, strict=True)))
    page.goto(url)
    page.wait_for_selector("html[data-ready]")
    page.set_input_files("#start input", [PHOTOS / f"{name}.jpg" for name in NAMES])
    page.wait_for_selector(f"#photos li:nth-child({len(NAMES)}) .done", state="attached")
    page.wait_for_selector("#compare[aria-busy=false]")
    page.screenshot(path=path, type="jpeg", quality=88)
    page.close()


def main():
    with server.Server(0) as running, sync_api.sync_playwright() as playwright:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        chromium = shutil.which("chromium")
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for name, size in SIZES.items():
            take(browser, running.url, size, REPOSITORY / "docs" / "pictures" / f"{name}.jpg")
        browser.close()
        running.shutdown()


if __name__ == "__main__":
    main()
