"""The colour bins: an encoded colour keeps its mean, rare colours weigh more."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from kerascolor import bins, color

CHANNEL = st.floats(0.0, 1.0, width=32)


@settings(max_examples=200, deadline=None)
@given(st.tuples(CHANNEL, CHANNEL, CHANNEL))
def test_an_encoded_color_is_a_distribution_whose_mean_is_the_color(rgb):
    _, chroma = color.rgb_to_luminance_chroma(np.float32([[rgb]]))
    weights = np.asarray(bins.encode(chroma))
    assert weights.min() >= 0
    np.testing.assert_allclose(weights.sum(-1), 1.0, atol=1e-4)
    np.testing.assert_allclose(weights @ bins.CENTERS, chroma, atol=1e-4)
    assert (weights > 0).sum() <= 4


def test_temperature_leads_from_the_mean_to_the_mode():
    logits = np.random.default_rng(0).normal(size=(5, bins.COUNT)).astype(np.float32)
    mean = np.exp(logits) / np.exp(logits).sum(-1, keepdims=True) @ bins.CENTERS
    np.testing.assert_allclose(bins.annealed_mean(logits, 1.0), mean, atol=1e-5)
    mode = bins.CENTERS[logits.argmax(-1)]
    np.testing.assert_allclose(bins.annealed_mean(logits, 1e-3), mode, atol=1e-3)


def test_the_prior_is_a_distribution_with_its_peak_near_grey():
    prior = bins.prior()
    assert prior.shape == (bins.COUNT,)
    assert prior.min() > 0
    np.testing.assert_allclose(prior.sum(), 1.0, atol=1e-3)
    assert np.linalg.norm(bins.CENTERS[prior.argmax()]) < 0.15


def test_rebalancing_weights_rare_colors_more_and_keeps_the_mean():
    weights = bins.rebalancing_weights(0.5)
    np.testing.assert_allclose(np.sum(bins.prior() * weights), 1.0, atol=1e-4)
    order = np.argsort(bins.prior())
    assert (np.diff(weights[order]) <= 1e-6).all()
    np.testing.assert_allclose(bins.rebalancing_weights(1.0), 1.0, atol=1e-5)


def test_a_shift_answers_as_under_another_rebalancing():
    trained, wanted = 0.9, 0.5
    likely = np.random.default_rng(0).dirichlet(np.ones(bins.COUNT))

    def answer(uniform):
        weighted = likely * bins.rebalancing_weights(uniform)
        return weighted / weighted.sum()

    shifted = np.exp(np.log(answer(trained)) + bins.rebalancing_shift(trained, wanted))
    np.testing.assert_allclose(shifted / shifted.sum(), answer(wanted), rtol=1e-4)
