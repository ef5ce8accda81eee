"""The architecture that speed is compared with."""

from tools.benchmarks import eccv16


def test_the_architecture_is_that_of_the_paper():
    model = eccv16.eccv16(64)
    assert model.output_shape == (1, 64, 64, 2)
    assert model.get_layer("bins").output.shape == (1, 16, 16, 313)
    assert round(model.count_params() / 1e6, 1) == 32.2
    convolutions = [
        layer for layer in model.layers if layer.name.startswith("conv") and layer.count_params()
    ]
    dilated = {layer.name for layer in convolutions if getattr(layer, "dilation_rate", 1) == (2, 2)}
    assert dilated == {f"conv{block}_{index}" for block in (5, 6) for index in (1, 2, 3)}


def test_a_file_and_the_reference_stand_in_one_table(toy_tflite, monkeypatch):
    small = [(repeats, 4, stride, dilation) for repeats, _, stride, dilation in eccv16.BLOCKS]
    monkeypatch.setattr(eccv16, "BLOCKS", small)
    monkeypatch.setattr(eccv16, "LAST_FILTERS", 4)
    milliseconds = [[2.0, 4.0, 3.0], [15.0, 14.0, 30.0]]
    monkeypatch.setattr(eccv16.timing, "latencies", lambda *_: milliseconds)
    about, _, _, _, own, other = eccv16.compare(toy_tflite, runs=3)
    assert about.startswith("256 x 256, 2 threads, 3 runs each, taking turns")
    assert own.startswith("| toy.tflite |") and own.endswith("| 3.00 | 2.00 | 1.0 |")
    assert other.startswith("| ECCV16, float32, 0.0 M parameters |")
    assert other.endswith("| 15.00 | 14.00 | 5.0 |")
