"""What the results of a run depend on, as each machine of a cluster sees it; imported by relays, so light."""

from __future__ import annotations

from hairdensity.resources import package_version
from hairdensity.scoring import Request

__all__ = ["identify_package", "identify_study"]


def identify_package() -> dict[str, str]:
    """The version of this package."""
    return {"hairdensity": package_version()}


def identify_study(request: Request) -> dict[str, str]:
    """The version of this package and the weights that a study's request uses, by their hash.

    Raises
    ------
    ResourceError
        If the weights are not there or damaged.
    """
    from hairdensity.study.keys import model_sha256  # noqa: PLC0415 -- in the children alone

    return identify_package() | {"model": model_sha256(request)}
