"""Libraries that a command needs and that a plain installation lacks."""

from __future__ import annotations

import importlib.util

from hairdensity.errors import MissingDependencyError

__all__ = ["require_training"]


def require_training() -> None:
    """Found out before any picture is read."""
    missing = [name for name in ("torch", "onnx", "safetensors") if importlib.util.find_spec(name) is None]
    if missing:
        raise MissingDependencyError(
            f"training needs {' and '.join(missing)}: pip install 'hairdensity[train]'. On Linux this brings several "
            "GB for NVIDIA GPUs; for the CPU alone, first pip install torch --index-url "
            "https://download.pytorch.org/whl/cpu"
        )
