"""What tests do with the page of `kerascolor web`."""

import pathlib

import numpy as np

# After so many seconds a wait for the page fails, and the browser of a test is killed.
WAIT_SECONDS, TEST_SECONDS = 120, 300


def open_page(browser):
    """A page that shares nothing with other pages."""
    page = browser.new_page(accept_downloads=True)
    page.set_default_timeout(1000 * WAIT_SECONDS)
    return page


def load(page, address):
    page.goto("http://{}:{}/".format(*address))
    page.wait_for_selector("html[data-ready]")


def add(page, *files):
    """Gives the page photos, and waits until all are done or told."""
    page.set_input_files("#start input", [str(file) for file in files])
    page.wait_for_function(
        "count => document.querySelectorAll('#photos :is(.done, .failed)').length === count",
        arg=len(files),
    )
    page.wait_for_selector("#compare[aria-busy=false]", state="attached")


def save(page, button="#save-one", kind="PNG"):
    """The bytes of what the page saves, and its name."""
    page.check(f"input[value='image/{kind.lower()}']")
    with page.expect_download() as download:
        page.click(button)
    return pathlib.Path(download.value.path()).read_bytes(), download.value.suggested_filename


def psnr(one, other):
    difference = np.asarray(one, np.float64) - np.asarray(other, np.float64)
    return 10 * np.log10(255**2 / max(np.mean(difference**2), 1e-9))
