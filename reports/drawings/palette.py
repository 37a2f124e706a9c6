"""One hue from pale to deep, in equal steps of perceived lightness, for light pages and for dark
ones.

A single hue whose lightness alone carries the value reads the same with any colour vision and in
grey print. Colours are computed in OKLCH (Ottosson 2020, "A perceptual color space for image
processing"). Each step has the ink that reads on it."""

from __future__ import annotations

import math

STEPS = 11  # 0, 10, ..., 100 per cent
HUE = 255.0  # degrees: blue
LIGHT_LIGHTNESS = (0.975, 0.36)  # of the first and the last step on a white page
DARK_LIGHTNESS = (0.27, 0.88)  # on a dark page more is brighter
LIGHT_CHROMA = (0.008, 0.115)  # of the palest step and at the most
DARK_CHROMA = (0.03, 0.115)
DARK_INK, LIGHT_INK = (
    "#000000",
    "#ffffff",
)  # one of the two has a contrast of 4.58 at least on any fill


def ramp(dark: bool = False) -> list[tuple[str, str]]:
    """(fill, ink) of every step from 0 to 100 per cent, as #rrggbb."""
    first, last = DARK_LIGHTNESS if dark else LIGHT_LIGHTNESS
    least, most = DARK_CHROMA if dark else LIGHT_CHROMA
    fills = []
    for step in range(STEPS):
        t = step / (STEPS - 1)
        chroma = least + (most - least) * math.sin(math.pi / 2 * min(1.0, 1.6 * t)) * (1 - 0.25 * t)
        fills.append(oklch_hex(first + (last - first) * t, chroma, HUE))
    return [
        (fill, max((DARK_INK, LIGHT_INK), key=lambda ink: contrast(fill, ink))) for fill in fills
    ]


def level(fraction: float) -> int:
    """The step of a fraction between 0 and 1."""
    return round((STEPS - 1) * min(1.0, max(0.0, fraction)))


def oklch_hex(lightness: float, chroma: float, hue: float) -> str:
    """The colour #rrggbb of OKLCH coordinates (hue in degrees), clipped to sRGB."""
    a, b = chroma * math.cos(math.radians(hue)), chroma * math.sin(math.radians(hue))
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    linear = (
        4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
    )
    return "#" + "".join(f"{round(255 * _encode(min(1.0, max(0.0, x)))):02x}" for x in linear)


def contrast(first: str, second: str) -> float:
    """The contrast ratio of two colours, 1 to 21 (WCAG 2.2); text needs 4.5."""
    high, low = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: str) -> float:
    channels = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    return sum(weight * _decode(x) for weight, x in zip((0.2126, 0.7152, 0.0722), channels))


def _encode(x: float) -> float:
    """Linear light to an sRGB value."""
    return 12.92 * x if x <= 0.0031308 else 1.055 * x ** (1 / 2.4) - 0.055


def _decode(x: float) -> float:
    """An sRGB value to linear light."""
    return x / 12.92 if x <= 0.04045 else ((x + 0.055) / 1.055) ** 2.4
