"""Film files and folders of numbered frames <-> planes of luma and chroma."""

from kerascolor import optional

optional.check(__name__, "video", "av")
