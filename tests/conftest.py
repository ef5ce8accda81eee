"""Photos and models that several tests use."""

import PIL.Image
import pytest
import skimage


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
