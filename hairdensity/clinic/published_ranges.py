"""Published ranges that a person may lay beside a figure: always with their source and their people, never a verdict.

Each belongs to one figure: hairs are compared with hairs, units with units. They tell what was measured elsewhere, on
other people and with other devices; none is a limit of health.
"""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["REFERENCES", "Reference"]

_LOUSSOUARN = "Loussouarn, El Rawadi and Genain, Int J Dermatol 2005;44 Suppl 1:6-9"
_BIRNBAUM = "Birnbaum et al., Skin Appendage Disord 2018;4:304-307"
_GUO = "Guo et al., Plast Aesthet Res 2017;4:150-154"
_RAKOWSKA = "Rakowska, J Dermatol Case Rep 2009;3:14-19"
_PHOTOTRICHOGRAM = "phototrichogram"
_TRICHOSCOPY = "trichoscopy"


class Reference(NamedTuple):
    """What was published of a figure.

    Parameters
    ----------
    figure : str
        Its name in `metrics.METRICS`.
    people : str
        Who was measured, and where on the scalp.
    low, high : float
        Mean less and plus one standard deviation of persons; where a study gives several places, of all of them.
    published : str
        The numbers as they stand in the source.
    method : str
    source : str
    """

    figure: str
    people: str
    low: float
    high: float
    published: str
    method: str
    source: str


REFERENCES = (
    Reference(
        "density_per_cm2",
        "African volunteers of 18-35 years, some with hair loss",
        111,
        211,
        "161 ± 50 hairs per cm²",
        _PHOTOTRICHOGRAM,
        _LOUSSOUARN,
    ),
    Reference(
        "density_per_cm2",
        "Asian volunteers of 18-35 years, some with hair loss",
        121,
        229,
        "175 ± 54 hairs per cm²",
        _PHOTOTRICHOGRAM,
        _LOUSSOUARN,
    ),
    Reference(
        "density_per_cm2",
        "Caucasian volunteers of 18-35 years, some with hair loss",
        153,
        299,
        "226 ± 73 hairs per cm²",
        _PHOTOTRICHOGRAM,
        _LOUSSOUARN,
    ),
    Reference(
        "density_per_cm2",
        "44 healthy Americans of African descent",
        123,
        187,
        "148 ± 25 to 160 ± 27 hairs per cm², by place",
        _TRICHOSCOPY,
        _BIRNBAUM,
    ),
    Reference(
        "density_per_cm2",
        "99 healthy Americans of Hispanic descent",
        138,
        211,
        "169 ± 31 to 178 ± 33 hairs per cm², by place",
        _TRICHOSCOPY,
        _BIRNBAUM,
    ),
    Reference(
        "density_per_cm2",
        "23 healthy Caucasian Americans",
        186,
        263,
        "214 ± 28 to 230 ± 33 hairs per cm², by place",
        _TRICHOSCOPY,
        _BIRNBAUM,
    ),
    Reference(
        "density_per_cm2",
        "146 healthy Han Chinese, vertex, temporal and occipital",
        115.25,
        171.41,
        "143.33 ± 28.08 hairs per cm²",
        "trimmed hair, photographs",
        _GUO,
    ),
    Reference(
        "unit_density_per_cm2",
        "146 healthy Han Chinese, vertex, temporal and occipital",
        61.03,
        87.69,
        "74.36 ± 13.33 units per cm²",
        "trimmed hair, photographs",
        _GUO,
    ),
    Reference(
        "mean_diameter_um",
        "60 healthy women of 19-64 years, frontal",
        53,
        69,
        "mean 61 ± 8 µm",
        _TRICHOSCOPY,
        _RAKOWSKA,
    ),
    Reference(
        "mean_diameter_um",
        "60 healthy women of 19-64 years, occipital",
        50,
        64,
        "mean 57 ± 7 µm",
        _TRICHOSCOPY,
        _RAKOWSKA,
    ),
    Reference(
        "vellus_fraction_30um",
        "60 healthy women of 19-64 years, frontal",
        0.007,
        0.093,
        "5 ± 4.3 % of hairs thinner than 30 µm",
        _TRICHOSCOPY,
        _RAKOWSKA,
    ),
    Reference(
        "vellus_fraction_30um",
        "60 healthy women of 19-64 years, occipital",
        0.007,
        0.103,
        "5.5 ± 4.8 % of hairs thinner than 30 µm",
        _TRICHOSCOPY,
        _RAKOWSKA,
    ),
)
