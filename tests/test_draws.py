"""How good and how different the draws of VAEs and classifiers are."""

import cv2
import numpy as np
import pytest
from small_models import SMALL, SMALL_MODELS

from kerascolor import bins, metrics, models
from tools.studies import draws

FLAT = np.full((64, 64, 3), 128, np.uint8)


def toned(*colors):
    """A flat photo whose bands have these colours."""
    return np.repeat(np.uint8([colors]), 64, 0).repeat(64 // len(colors), 1)


def test_tints_of_the_whole_photo_are_told_from_colours_of_objects(lpips_file):
    lpips = metrics.LPIPS(lpips_file)
    red, blue = (150, 120, 115), (110, 125, 160)
    tints = draws.measure_photo(np.stack([toned(red), toned(blue)]), FLAT, lpips)
    assert tints["left"] < 1e-6 < tints["variance"]
    objects = draws.measure_photo(np.stack([toned(red, blue), toned(blue, red)]), FLAT, lpips)
    assert objects["left"] == pytest.approx(objects["variance"], rel=1e-4)
    assert objects["pairwise_lpips"] > 0


def test_the_best_of_the_draws_is_found(lpips_file):
    results = np.stack([toned((200, 100, 100)), FLAT, toned((100, 100, 200))])
    found = draws.measure_photo(results, FLAT, metrics.LPIPS(lpips_file))
    assert found["best_psnr"] == metrics.psnr(FLAT, FLAT) > found["psnr"]
    assert found["best_lpips"] == pytest.approx(0, abs=1e-6)
    assert found["lpips"] > 0 and found["colorfulness_gap"] > 0


def test_a_classifier_draws_by_pixel_or_by_quantile():
    model = models.BinClassifier(**SMALL)
    head = model.logits.get_layer("logits")
    likely = np.argsort(np.abs(bins.CENTERS).sum(1))[[1, 4]]
    bias = np.full(bins.COUNT, -50.0)
    bias[likely] = 0
    head.kernel.assign(np.zeros(head.kernel.shape))
    head.bias.assign(bias)
    ways = draws.drawers("classifier", model)
    by_pixel, by_quantile = (drawer(FLAT, seed=0) for drawer in ways.values())
    assert by_pixel.shape == by_quantile.shape == (draws.DRAWS, 64, 64, 3)
    # A draw of the one kind has both colours everywhere, one of the other kind a single colour.
    assert np.ptp(by_pixel.astype(int), axis=(1, 2)).max(-1).min() > 5
    assert np.ptp(by_quantile.astype(int), axis=(1, 2)).max() == 0
    assert len(np.unique(by_quantile[:, 0, 0], axis=0)) == 2


def test_a_vaes_draws_and_the_use_of_its_latent_grid_stand_in_the_table(lpips_file):
    _, config = SMALL_MODELS["conditional vae with a grid"]
    model = models.ConditionalVAE(**config)
    for variable in model.trainable_variables:
        variable.assign_add(np.random.default_rng(0).normal(0, 0.05, variable.shape))
    ways = draws.drawers("run/model.weights.h5", model)
    photo = cv2.resize(toned((180, 120, 90), (60, 120, 150)), (64, 64))
    lpips = metrics.LPIPS(lpips_file)
    table = {name: draws.measure(way, [("a.jpg", photo)], lpips) for name, way in ways.items()}
    head, row = draws.table_rows(table)
    assert row[0] == "run" and len(row) == len(head) == len(draws.COLUMNS) + 1
    assert table["run"]["kl"] > 0 and 0 < table["run"]["used"] <= 4
    assert table["run"]["spread"] > 0 and 0 <= table["run"]["share"] <= 100
    shown = draws.picture(ways["run"], [("a.jpg", photo)])
    assert shown.shape == (draws.PICTURE_SIDE, (draws.DRAWS + 1) * draws.PICTURE_SIDE, 3)


def test_a_model_of_one_answer_is_refused():
    with pytest.raises(ValueError, match="unet is a UNet: it draws nothing"):
        draws.drawers("unet", models.UNet(encoder=None, widths=(4, 8)))
