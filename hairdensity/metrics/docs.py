"""docs/metrics.md, made from the table of figures.

python -m hairdensity.metrics.docs > docs/metrics.md
"""

from __future__ import annotations

from itertools import groupby

from hairdensity.metrics.figures import METRICS, MetricInfo

__all__ = ["document"]

_HEAD = """\
# Figures

What every figure of a picture means, in which unit it is, and what its intervals hold. This page is made from the table
in `hairdensity/metrics/figures.py`; change it there and run `make docs`.

Research use, not a medical device.

## How to read a figure

A figure such as `density_per_cm2` has six numbers:

| Number | Meaning |
|---|---|
| `value` | the figure |
| `low`, `high` | **this picture**, 95 %: how far the figure may be from what the picture really shows |
| `site_low`, `site_high` | **this site**, 95 %: what another placement nearby could show |
| `n` | the number of hairs, units, openings or square millimeters of skin that it rests on |

The picture's interval is the one to look at when you ask whether this count is right. The site's interval is the one to
look at when you ask how dense the hair of this person is there, and it is always the wider one. To compare two visits,
match their hairs; two site intervals that overlap do not show that nothing changed.

A figure that is missing (`null`) needs a scale which is not known. A figure whose numbers are missing had nothing to be
measured on: no hair with a diameter, no skin between the hairs.

## What the intervals hold

**The picture's interval** holds

- *detection*: hairs that are missed, split, merged or invented. Its size comes from validation pictures of the same
  difficulty: how far their figures were from the truth. Where no validation speaks for a figure, this part is
  missing; a figure that depends on nothing else, and the openings, then have no picture interval;
- *measurement*: the scatter of every single diameter, as its own cross-sections show it;
- *the scale*: density goes with the square of um per px, so that 2 % of scale error are 4 % of density.

Errors add on a scale on which they are even: relative errors for counts and sizes, log odds for shares.

**A corrected reading** (hairs added, deleted, split, merged, roots moved by a person) keeps the detection part of the
automatic reading of the same picture on the same area. A review should bring a count nearer to the truth, but by how
much has not been measured here, and published counts by hand scatter too (CV 2.6-9.8 % within one reader). So a
correction moves a figure and makes its error of detection no smaller; skin marked as unreadable leaves the area, and
the interval becomes that of the smaller area. Hairs that a person added or changed count with a probability of 1.

**The site's interval** adds sampling: the field could lie a millimeter further on. Whole follicular units are drawn
again, not single hairs, because the hairs of a unit come together. Units keep clear of each other, so their number
varies less than that of things thrown down at random: its variance is taken as 0.4 of the mean (0.29 between the
halves of 81 annotated captures, 0.34 in rendered scalps). Where units visibly gather in a part of the field, that
raises the variance. With a handful of hairs the interval is the score interval of a count or a share (Wilson 1927).

Edge cases:

- no hair: density 0, and as upper end that of three hairs on the area (rule of three);
- none or all of n hairs thin, or all units of one hair: three of n (rule of three);
- a single unit: what varies between units is unknown, and sizes and shares have no site interval;
- no scale: no um, no mm, no cm2 and no inch2. Counts, px, shares, direction, redness and scale remain.

**Neither interval holds** hair that was cut or combed between visits, another device, another way of pressing the
lens on the skin, or a field that was placed elsewhere on purpose.

## Thin hairs

Vellus hairs are counted at two cut-offs, since both are in use: 30 um (Rakowska 2009) and 40 um (TrichoScan).

Measured diameters scatter about the true ones. That puts more hairs into the thin tail than belong there, and the
more, the blurrier the picture. So a hair does not count as thin or not thin: it counts with the probability that its
true diameter lies at or below the cut-off. The distribution of true diameters is estimated from all hairs and their
standard errors (penalized likelihood, Silverman 1982). With exact diameters the share is the plain one. The
percentiles, the histogram and the variation are those of the measured diameters: scatter widens them a little.

## Where a hair counts

A hair counts when its root lies on a readable pixel of the target area. Counting every hair that can be seen
overstates a density, leaving out those that touch the border understates it. `n_hairs_by_ends` is a second unbiased
count; if the two disagree, the picture is flagged.

A density is per cm2 or per inch2 of readable skin. One inch2 is 6.4516 cm2; a circle with a diameter of one inch is
5.067 cm2 and one of 1 cm 0.785 cm2. The document states the area, its shape and the raw count with every density, so
that figures of different bases are not mixed.

## Skin

`erythema_index` compares red and green light of the bare skin: 100 log10(R / G), after the sRGB values are made
linear (Diffey 1984). Hairs with 60 um about them, graphics, burned-out pixels and scale are left out; the figure is
the mean over square millimeters of their medians. How bright the light is does not matter; its color and the camera's
white balance do. **Compare pictures of the same device, light and setting only.** It is no substitute for a
calibrated instrument.

`scaling_fraction` looks for spots brighter and paler than the skin around, with a rim and larger than 60 um. Burned-
out glare leaves the skin; glints are too small. On rendered skin it follows the true share closely. Between strongly
inflamed patches with sharp borders, though, normal skin is pale in the same way and is taken for scale: 4 % of the
skin at half, up to 36 % at the full strength of inflammation that we can render. Scale under the hairs and within 60
um of them is not seen.
"""

_LIMITS = """\
## Limits

- Lengths are what can be seen: a hair that leaves the picture is longer than stated.
- Cross-sections are those of round shafts. A picture shows one width of a shaft; curly hair is flat.
- `terminal_vellus_ratio` is the odds of its share: of few vellus hairs it is unstable, and of none it has no value.
- The distance to the nearest unit is overstated at the picture's edge, where the nearest one may lie outside.
- No figure is a diagnosis, and no change of one has a published limit from which it matters to a patient.

## Sources

- Diffey, Oliver, Farr (1984). A portable instrument for quantifying erythema induced by ultraviolet radiation.
  British Journal of Dermatology 111, 663-672.
- Gundersen (1977). Notes on the estimation of the numerical density of arbitrary profiles: the edge effect.
  Journal of Microscopy 111, 219-223.
- Hoffmann (2001). TrichoScan: combining epiluminescence microscopy with digital image analysis for the measurement of
  hair growth in vivo. European Journal of Dermatology 11, 362-368.
- Kutil (2012). Biased and unbiased estimation of the circular mean resultant length and its variance. Statistics 46,
  549-561.
- Mardia, Jupp (2000). Directional Statistics. Wiley.
- Miles (1974). On the elimination of edge effects in planar sampling. In: Stochastic Geometry, 228-247. Wiley.
- Rakowska and others (2009). Dermoscopy in female androgenic alopecia: method standardization and diagnostic criteria.
  International Journal of Trichology 1, 123-130.
- Silverman (1982). On the estimation of a probability density function by the maximum penalized likelihood method.
  Annals of Statistics 10, 795-810.
- Wilson (1927). Probable inference, the law of succession, and statistical inference. Journal of the American
  Statistical Association 22, 209-212.
"""

_ERRORS = {"log": "relative", "logit": "log odds", "identity": "plain"}


def document() -> str:
    """The whole page in Markdown."""
    tables = [_table(group, list(figures)) for group, figures in groupby(METRICS, key=lambda info: info.group)]
    return "\n".join([_HEAD, "## All figures\n", _LEGEND, *tables, _LIMITS])


_LEGEND = """\
*Scale*: what 1 % more um per px does to the figure. *Errors*: how they add. Figures marked with * need no scale.
"""


def _table(group: str, figures: list[MetricInfo]) -> str:
    head = [f"### {group}\n", "| Figure | Unit | Meaning | Scale | Errors |", "|---|---|---|---|---|"]
    return "\n".join([*head, *(_line(info) for info in figures), ""])


def _line(info: MetricInfo) -> str:
    mark = "" if info.needs_scale else " *"
    source = f" ({info.source})" if info.source else ""
    errors = _ERRORS[info.link] if info.kind == "estimate" else ""
    return f"| `{info.name}`{mark} | {info.unit} | {info.definition}{source} | {_scale(info)} | {errors} |"


def _scale(info: MetricInfo) -> str:
    """What one percent of the scale does to the figure."""
    if info.name.endswith(("30um", "40um")):
        return "moves the cut-off"
    return f"{info.scale_power:+g} %" if info.scale_power else ""


if __name__ == "__main__":
    print(document(), end="")
