"""The figures of colorized photos, in one table: what they are called and how they are written.

Nothing here needs more than Python, so that the command `kerascolor models` can use it too.
"""

import dataclasses

HIGHER, LOWER, NEARER_TO_0 = "higher", "lower", "nearer to 0"


@dataclasses.dataclass(frozen=True)
class Figure:
    """A figure of colorized photos.

    Args:
        label: What tables call it.
        unit: Its unit, or "".
        decimals: How many decimals are written.
        better: HIGHER, LOWER or NEARER_TO_0.
        compares: What the function of the figure's name in `kerascolor.metrics` takes of a result
            and its original: "rgb" or "lab". None where `evaluation.evaluate` computes it in
            another way.
        weighted: Whether that function gives a pair of the figure and of its weight among those of
            other photos.
    """

    label: str
    unit: str
    decimals: int
    better: str
    compares: str | None = None
    weighted: bool = False

    @property
    def heading(self):
        return f"{self.label} ({self.unit})" if self.unit else self.label

    def text(self, value):
        return f"{value:.{self.decimals}f}"

    def is_worse(self, value, than):
        """Whether a value is worse than another one."""
        if self.better == NEARER_TO_0:
            return abs(value) > abs(than)
        return value < than if self.better == HIGHER else value > than


# By name, in the order of the tables.
FIGURES = {
    "psnr": Figure("PSNR", "dB", 2, HIGHER, "rgb"),
    "ssim": Figure("SSIM", "", 3, HIGHER, "rgb"),
    "lpips": Figure("LPIPS", "", 3, LOWER),
    "ciede2000": Figure("CIEDE2000", "", 2, LOWER, "lab"),
    "colorfulness": Figure("colourfulness", "", 1, HIGHER),
    "colorfulness_gap": Figure("colourfulness gap", "", 1, NEARER_TO_0),
    "auc": Figure("AuC", "%", 2, HIGHER, "lab"),
    "rebalanced_auc": Figure("rebalanced AuC", "%", 2, HIGHER, "lab", weighted=True),
    "bleeding": Figure("bleeding", "", 2, LOWER, "lab", weighted=True),
    "patches": Figure("patches", "", 2, LOWER, "lab", weighted=True),
    "top1": Figure("top-1 agreement", "", 3, HIGHER),
}
