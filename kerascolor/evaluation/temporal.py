"""How steady the colours of a film are: figures of a run of frames.

Frames are RGB (H, W, 3), uint8, all of one size.
"""

import cv2
import numpy as np

from kerascolor import color

SPANS = (1, 2, 4)
# The span, in frames, over which colours drift rather than flicker.
DRIFT_SPAN = 20


def warp_error(frames, originals):
    """Mean distance in a and b between each frame and the last one moved onto it.

    The flow is that of the originals' luminance; what is hidden in the last frame is left out.

    Args:
        frames: The colorized frames, in order.
        originals: The original ones.

    Reference: Lai et al. 2018, "Learning Blind Video Temporal Consistency".
    """
    flow = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    errors, last = [], None
    for frame, original in zip(frames, originals, strict=True):
        grey = cv2.cvtColor(original, cv2.COLOR_RGB2GRAY)
        chroma = color.rgb_to_luminance_chroma(np.float32(frame) / 255, "lab")[1]
        if last is not None:
            places, is_seen = _sources(flow, grey, last[0])
            moved = cv2.remap(last[1], places, None, cv2.INTER_LINEAR)
            distance = np.linalg.norm(moved - chroma, axis=-1) * color.CHROMA_RANGE["lab"][0]
            errors.append(distance[is_seen].mean() if is_seen.any() else 0.0)
        last = grey, chroma
    return float(np.mean(errors))


def _sources(flow, grey, last):
    """Where in the last frame each pixel was (H, W, 2), and whether it can be seen there (H, W).

    A pixel is hidden where flow forward does not undo flow back (Sundaram, Brox and Keutzer 2010).
    """
    back, forth = flow.calc(grey, last, None), flow.calc(last, grey, None)
    rows, columns = np.indices(grey.shape, np.float32)
    places = np.dstack([columns, rows]) + back
    there = cv2.remap(forth, places, None, cv2.INTER_LINEAR)
    open_by = np.square(back + there).sum(-1)
    allowed = 0.01 * (np.square(back).sum(-1) + np.square(there).sum(-1)) + 0.5
    height, width = grey.shape
    inside = (places >= 0).all(-1) & (places <= (width - 1, height - 1)).all(-1)
    return places, (open_by <= allowed) & inside


def color_distribution_consistency(frames, span):
    """Mean Jensen-Shannon divergence between the colours of frames that lie `span` apart.

    Args:
        frames: The frames, in order, more than `span` of them.
        span: A number of frames.

    Reference: Liu et al. 2021, "Temporally Consistent Video Colorization with Deep Feature
    Propagation and Self-Regularization Learning".
    """
    shares = [_histograms(frame) for frame in frames]
    pairs = zip(shares[:-span], shares[span:], strict=True)
    return float(np.mean([_divergence(*pair) for pair in pairs]))


def _histograms(frame):
    """Share of each level in each channel (3, 256)."""
    counts = [np.bincount(frame[..., channel].ravel(), minlength=256) for channel in range(3)]
    return np.array(counts) / frame[..., 0].size


def _divergence(first, second):
    middle = (first + second) / 2
    return np.mean([_information(first, middle), _information(second, middle)])


def _information(share, middle):
    """Mean over channels of the Kullback-Leibler divergence of `share` from `middle`, in nats."""
    ratio = np.divide(share, middle, out=np.ones_like(share), where=share > 0)
    return (share * np.log(ratio)).sum(-1).mean()
