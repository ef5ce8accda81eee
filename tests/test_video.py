"""`kerascolor video`, `VideoColorizer` and the figures of steadiness."""

import fractions
import os
import signal
import subprocess
import sys
import time

import numpy as np
import PIL.Image
import pytest
import skimage

import kerascolor
from kerascolor.commands.main import main
from kerascolor.evaluation import temporal

av = pytest.importorskip("av")

SIZE = 96, 128


def moving(count=6, photo="astronaut", size=SIZE, step=2):
    """Luma (H, W) of frames in which a photo is panned."""
    pixels = np.asarray(
        PIL.Image.fromarray(getattr(skimage.data, photo)()).convert("L").resize((320, 240))
    )
    height, width = size
    places = (min(step * n, 320 - width) for n in range(count))
    return [pixels[20 : 20 + height, place : place + width] for place in places]


def write_film(
    path, frames, codec="ffv1", pixels="yuv420p", rate=25, times=None, audio=False, **look
):
    """Writes a film with neutral chroma, whose time base is 1/1000."""
    bits = 10 if "10" in pixels else 8
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=rate)
        stream.height, stream.width = frames[0].shape
        stream.pix_fmt = pixels
        stream.time_base = stream.codec_context.time_base = fractions.Fraction(1, 1000)
        stream.codec_context.options = {"crf": "0"} if codec == "libx264" else {}
        if "rotation" in look:
            stream.set_display_rotation(look.pop("rotation"))
        for name, value in look.items():
            setattr(stream.codec_context, name, value)
        container.metadata["title"] = "Pan"
        sound = container.add_stream("aac", rate=16000, layout="mono") if audio else None
        container.set_chapters(
            [
                {
                    "id": 1,
                    "start": 40,
                    "end": 160,
                    "time_base": fractions.Fraction(1, 1000),
                    "metadata": {"title": "One"},
                }
            ]
        )
        for number, luma in enumerate(frames):
            frame = av.VideoFrame(luma.shape[1], luma.shape[0], pixels)
            for plane, values in zip(
                frame.planes, [luma, *[np.full(SIZE, 128 << bits - 8)] * 2], strict=False
            ):
                kind = np.uint8 if bits == 8 else np.uint16
                rows = np.frombuffer(plane, kind).reshape(plane.height, -1)
                rows[:, : plane.width] = values[: plane.height, : plane.width]
            frame.pts = times[number] if times else 1000 // rate * number
            frame.time_base = fractions.Fraction(1, 1000)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
        if audio:
            wave = np.sin(np.arange(1024 * 4) / 10).astype(np.float32)[None]
            for number in range(4):
                part = np.ascontiguousarray(wave[:, 1024 * number : 1024 * (number + 1)])
                frame = av.AudioFrame.from_ndarray(part, "fltp", "mono")
                frame.sample_rate, frame.pts = 16000, 1024 * number
                container.mux(sound.encode(frame))
            container.mux(sound.encode(None))
    return path


def read_film(path):
    """The decoded frames, and their times in seconds."""
    with av.open(str(path)) as container:
        frames = list(container.decode(video=0))
    return frames, [frame.time for frame in frames]


def luma(frame):
    kind = np.uint8 if frame.format.components[0].bits == 8 else np.uint16
    plane = frame.planes[0]
    return np.frombuffer(plane, kind).reshape(plane.height, -1)[:, : plane.width]


def packets(path, kind):
    with av.open(str(path)) as container:
        found = [bytes(packet) for packet in container.demux(**{kind: 0})]
    return [content for content in found if content]


def colorize(*arguments):
    return main(["video", *map(str, arguments)])


def is_colored(frame):
    return np.ptp(np.frombuffer(frame.planes[1], np.uint8)) > 2


@pytest.mark.parametrize("pixels", ["yuv420p", "yuv422p", "yuv420p10le", "gray"])
def test_luma_stays_bit_for_bit(tmp_path, pixels):
    frames = moving()
    if "10" in pixels:
        frames = [4 * frame.astype(np.uint16) + 3 for frame in frames]
    source = write_film(tmp_path / "grey.mkv", frames, pixels=pixels)
    target = tmp_path / "colour.mkv"
    assert colorize(source, "--output", target, "--codec", "ffv1") == 0
    results, _ = read_film(target)
    assert len(results) == len(frames)
    for result, frame in zip(results, frames, strict=True):
        assert np.array_equal(luma(result), frame)
    assert is_colored(results[0])


@pytest.mark.parametrize("matrix, color_range", [(1, 1), (6, 2)])
def test_looks_stay(tmp_path, matrix, color_range):
    source = write_film(
        tmp_path / "grey.mp4",
        moving(),
        codec="libx264",
        colorspace=matrix,
        color_range=color_range,
        sample_aspect_ratio=fractions.Fraction(4, 3),
    )
    assert colorize(source, "--output", tmp_path / "colour.mp4") == 0
    with av.open(str(tmp_path / "colour.mp4")) as container:
        stream = container.streams.video[0]
        frame = next(container.decode(stream))
        assert (frame.colorspace, frame.color_range) == (matrix, color_range)
        assert stream.sample_aspect_ratio == fractions.Fraction(4, 3)
        assert stream.codec_context.name == "h264" and frame.format.name.startswith("yuv")


def test_ranges_and_matrices_give_the_same_colours(tmp_path):
    results = []
    for color_range, matrix in ((1, 1), (2, 1), (1, 6)):
        frames = moving(2)
        if color_range == 1:
            frames = [np.rint(16 + frame * (219 / 255)).astype(np.uint8) for frame in frames]
        source = write_film(
            tmp_path / "grey.mkv", frames, color_range=color_range, colorspace=matrix
        )
        target = tmp_path / f"{color_range}{matrix}.mkv"
        assert colorize(source, "--output", target, "--codec", "ffv1") == 0
        rgb = read_film(target)[0][0].reformat(format="rgb24", dst_color_range=2).to_ndarray()
        results.append(rgb.astype(int))
    for other in results[1:]:
        assert np.abs(other - results[0]).mean() < 3


def test_sound_times_and_texts_stay(tmp_path):
    times = [0, 40, 100, 140, 260, 300]
    source = write_film(
        tmp_path / "grey.mp4", moving(), codec="libx264", times=times, audio=True, rotation=90
    )
    target = tmp_path / "colour.mp4"
    assert colorize(source, "--output", target) == 0
    results, found = read_film(target)
    assert found == pytest.approx([time / 1000 for time in times])
    assert results[0].rotation == 90
    assert packets(target, "audio") == packets(source, "audio")
    with av.open(str(target)) as container:
        assert container.metadata["title"] == "Pan"
        with av.open(str(source)) as original:
            assert container.chapters() == original.chapters() != []


def test_a_turned_film_gets_the_colours_of_the_upright_one(tmp_path):
    upright = moving(1, size=(96, 96))
    turned = [np.rot90(frame, -1) for frame in upright]
    results = []
    for name, frames, look in (("a", upright, {}), ("b", turned, {"rotation": 90})):
        source = write_film(tmp_path / f"{name}.mp4", frames, codec="libx264", **look)
        target = tmp_path / f"{name}-colour.mp4"
        assert colorize(source, "--output", target, "--quality", "1") == 0
        results.append(read_film(target)[0][0].to_ndarray(format="rgb24").astype(int))
    assert np.abs(results[0] - np.rot90(results[1])).mean() < 3


@pytest.mark.parametrize("size", [(97, 128), (96, 127), (97, 127)])
@pytest.mark.parametrize("extension", ["mp4", "webm"])
def test_odd_sizes(tmp_path, size, extension):
    source = write_film(tmp_path / "grey.mkv", moving(size=size))
    target = tmp_path / f"colour.{extension}"
    assert colorize(source, "--output", target) == 0
    results, _ = read_film(target)
    assert (results[0].height, results[0].width) == size and len(results) == 6


@pytest.mark.parametrize("codec", ["h265", "av1", "prores"])
def test_codecs(tmp_path, codec):
    source = write_film(tmp_path / "grey.mkv", moving(size=(128, 192)))
    target = tmp_path / f"colour.{'mov' if codec == 'prores' else 'mp4'}"
    assert colorize(source, "--output", target, "--codec", codec) == 0
    results, times = read_film(target)
    assert times == pytest.approx([0.04 * n for n in range(6)])
    assert np.abs(luma(results[0]).astype(int).mean() - luma(read_film(source)[0][0]).mean()) < 400


def test_start_and_end(tmp_path):
    source = write_film(tmp_path / "grey.mkv", moving(12))
    target = tmp_path / "colour.mkv"
    arguments = ["--start", "0.12", "--end", "00:00:00.36", "--codec", "ffv1"]
    assert colorize(source, "--output", target, *arguments) == 0
    results, times = read_film(target)
    assert times == pytest.approx([0.04 * n for n in range(6)])
    assert np.array_equal(luma(results[0]), moving(12)[3])


def test_folders_of_frames(tmp_path):
    folder = tmp_path / "scan"
    folder.mkdir()
    for number, frame in enumerate(moving(4)):
        PIL.Image.fromarray(frame).save(folder / f"{number:04}.png")
    assert colorize(folder, "--output", tmp_path / "frames") == 0
    assert sorted(os.listdir(tmp_path / "frames")) == sorted(os.listdir(folder))
    assert np.ptp(np.asarray(PIL.Image.open(tmp_path / "frames/0000.png")), axis=-1).max() > 5
    assert colorize(folder, "--output", tmp_path / "film.mp4", "--rate", "10") == 0
    assert read_film(tmp_path / "film.mp4")[1] == pytest.approx([0, 0.1, 0.2, 0.3])
    pattern = tmp_path / "back" / "%03d.png"
    assert colorize(tmp_path / "film.mp4", "--output", pattern) == 0
    assert sorted(os.listdir(tmp_path / "back")) == ["001.png", "002.png", "003.png", "004.png"]


def test_a_broken_frame_is_told_and_left_out(tmp_path, capsys):
    folder = tmp_path / "scan"
    folder.mkdir()
    for number, frame in enumerate(moving(4)):
        PIL.Image.fromarray(frame).save(folder / f"{number}.png")
    (folder / "2.png").write_bytes(b"no photo")
    assert colorize(folder, "--output", tmp_path / "film.mkv") == 0
    assert "1 frame" in capsys.readouterr().err
    assert len(read_film(tmp_path / "film.mkv")[0]) == 3


def test_damage_in_the_middle_is_told(tmp_path, capsys):
    source = write_film(tmp_path / "grey.mp4", moving(60), codec="libx264")
    content = bytearray(source.read_bytes())
    content[len(content) // 2 : len(content) // 2 + 400] = bytes(400)
    source.write_bytes(content)
    assert colorize(source, "--output", tmp_path / "colour.mp4") == 0
    assert "damaged" in capsys.readouterr().err
    assert len(read_film(tmp_path / "colour.mp4")[0]) > 30


@pytest.mark.parametrize("content", [b"", b"no film at all"])
def test_no_film_is_one_line(tmp_path, capsys, content):
    source = tmp_path / "grey.mp4"
    source.write_bytes(content)
    assert colorize(source, "--output", tmp_path / "colour.mp4") == 1
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1 and "grey.mp4" in lines[0]
    assert os.listdir(tmp_path) == ["grey.mp4"]


@pytest.mark.parametrize(
    "arguments, word",
    [
        (["--output", "x.txt"], "--output"),
        (["--output", "x.mp4", "--saturation", "-1"], "--saturation"),
        (["--output", "x.mp4", "--start", "2", "--end", "1"], "--end"),
        (["--output", "x.mp4", "--model", "unet", "--temperature", "0.5"], "temperature"),
        (["--output", "x.webm", "--codec", "h264"], "h264"),
    ],
)
def test_mistakes_are_one_line(tmp_path, capsys, monkeypatch, arguments, word):
    monkeypatch.chdir(tmp_path)
    write_film(tmp_path / "grey.mkv", moving(2))
    assert colorize("grey.mkv", *arguments) in (1, 2)
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1 and word in lines[0]
    assert os.listdir(tmp_path) == ["grey.mkv"]


def test_goes_on_after_a_kill(tmp_path, monkeypatch):
    source = write_film(tmp_path / "grey.mkv", moving(90, step=0), rate=5)
    target = tmp_path / "colour.mkv"
    command = [sys.executable, "-m", "kerascolor", "video", source, "--output", target]
    command = [*map(str, command), "--codec", "ffv1"]
    with subprocess.Popen(command) as process:
        folder = tmp_path / ".kerascolor-colour.mkv"
        while process.poll() is None and not list(folder.glob("part-00000*")):
            time.sleep(0.02)
        process.send_signal(signal.SIGKILL)
    assert not target.exists()
    part = next(folder.glob("part-00000*"))
    written = part.stat().st_mtime_ns
    monkeypatch.setattr("shutil.rmtree", lambda *_, **__: None)
    assert colorize(source, "--output", target, "--codec", "ffv1") == 0
    assert part.stat().st_mtime_ns == written
    results, times = read_film(target)
    assert times == pytest.approx([0.2 * n for n in range(90)])
    assert np.array_equal(luma(results[70]), moving(1)[0])


def test_full_disk_is_one_line(tmp_path, capsys, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    source = write_film(tmp_path / "grey.mkv", moving(2))
    monkeypatch.setattr("kerascolor.film.writer.Segment.write", full)
    assert colorize(source, "--output", tmp_path / "colour.mp4") == 1
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1 and "No space left" in lines[0]
    assert os.listdir(tmp_path) == ["grey.mkv"]


def test_video_colorizer_takes_arrays():
    frames = moving(20)
    results = list(kerascolor.VideoColorizer()(iter(frames)))
    assert len(results) == 20
    assert results[0].shape == (*SIZE, 3) and results[0].dtype == np.uint8
    assert np.ptp(results[5], axis=-1).max() > 5


def test_colours_are_steadier_than_frame_by_frame():
    frames = moving(16)
    originals = [np.dstack([frame] * 3) for frame in frames]
    colorizer = kerascolor.load("classifier")
    alone = [colorizer(frame) for frame in frames]
    together = list(kerascolor.VideoColorizer()(frames))
    assert temporal.warp_error(together, originals) < 0.5 * temporal.warp_error(alone, originals)
