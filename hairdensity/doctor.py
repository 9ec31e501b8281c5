"""What is installed and what works here: for ``hairdensity doctor`` and for bug reports. Nothing personal is in it."""

from __future__ import annotations

import importlib
import importlib.metadata
import os
import platform
import sqlite3
import sys
from typing import Any

from hairdensity.errors import ResourceError
from hairdensity.resources import package_version, sample_image_paths

__all__ = ["diagnose"]

SAFE_SQLITE = (3, 51, 3)
"""The first version without the fault that can lose pages when one connection writes and another one checkpoints."""

_REQUIRED = (
    "numpy",
    "opencv-python-headless",
    "scikit-image",
    "scipy",
    "pandas",
    "pillow",
    "simplejpeg",
    "onnxruntime",
    "typer",
    "rich",
)

_FORMATS = {
    "JPEG": ("simplejpeg", ""),
    "PNG, TIFF, WebP, BMP": ("cv2", ""),
    "HEIC": ("pi_heif", ""),
    "DICOM": ("pydicom", "dicom"),
}
"""The module that reads a format, and the extra that brings it."""

_EXTRAS = {
    "cluster": ("distributed",),
    "dicom": ("pydicom",),
    "study": ("pyarrow", "statsmodels", "matplotlib", "fpdf2"),
    "train": ("torch", "safetensors", "onnx"),
    "postgres": ("psycopg",),
    "web": ("fastapi", "uvicorn", "sqlalchemy", "alembic", "argon2-cffi"),
}


def diagnose() -> dict[str, Any]:
    """Versions, machine, readable formats, extras, models and sample images.

    Returns
    -------
    dict
        Plain values; ``problems`` lists what keeps the package from working, each with its remedy.
    """
    libraries = {name: _version(name) for name in _REQUIRED}
    formats = {name: _reads(module, extra) for name, (module, extra) in _FORMATS.items()}
    samples, sample_problem = _samples()
    models, model_problems = _models()
    runtime, runtime_problem = _runtime()
    problems = [f"{name} is missing: install hairdensity again" for name, version in libraries.items() if not version]
    problems += [f"{name}: {state}" for name, state in formats.items() if state != "yes" and not _FORMATS[name][1]]
    return {
        "hairdensity": package_version(),
        "python": platform.python_version(),
        "executable": sys.executable,
        "system": platform.platform(),
        "sqlite": _sqlite(),
        "libraries": libraries,
        "extras": {extra: {name: _version(name) for name in names} for extra, names in _EXTRAS.items()},
        "formats": formats,
        "machine": _machine(),
        "inference": runtime,
        "models": models,
        "sample_images": samples,
        "problems": problems + sample_problem + model_problems + runtime_problem,
    }


def _sqlite() -> str:
    """Its version; with an old one, what to do (https://sqlite.org/wal.html, "WAL-Reset Bug")."""
    if sqlite3.sqlite_version_info >= SAFE_SQLITE:
        return sqlite3.sqlite_version
    return (
        f"{sqlite3.sqlite_version} (below {'.'.join(map(str, SAFE_SQLITE))}: let no other program write to the "
        "database of the clinic while hairdensity serve runs)"
    )


def _version(name: str) -> str | None:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


def _reads(module: str, extra: str) -> str:
    """Whether a decoder can be loaded, else the remedy: a wheel can be installed and still lack a system library."""
    try:
        importlib.import_module(module)
    except ImportError as error:
        return f"no: pip install 'hairdensity[{extra}]'" if extra else f"no: {error}; install hairdensity again"
    return "yes"


def _machine() -> dict[str, Any]:
    memory = _memory_gib()
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    machine = {
        "processor": platform.machine(),
        "cores": os.cpu_count(),
        "usable_cores": usable,
        "memory_gib": None if memory is None else round(memory, 1),
    }
    try:
        import cv2  # noqa: PLC0415 -- doctor must also run where it is missing
    except ImportError:
        return machine
    return machine | {
        "opencv_threads": cv2.getNumThreads(),
        "opencv_threads_in_a_worker": 1,
        "opencv_simd": " ".join(cv2.getCPUFeaturesLine().split()),
    }


def _memory_gib() -> float | None:
    """Physical memory; None where the system does not say."""
    try:
        return float(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30)
    except (AttributeError, ValueError, OSError):
        return None


def _runtime() -> tuple[dict[str, Any], list[str]]:
    """Where onnxruntime can run a network here, and what keeps it from loading."""
    try:
        onnxruntime = importlib.import_module("onnxruntime")
    except ImportError as error:
        return {}, [f"onnxruntime: {error}; install hairdensity again"]
    return {"onnxruntime": onnxruntime.__version__, "providers": onnxruntime.get_available_providers()}, []


def _models() -> tuple[dict[str, str], list[str]]:
    """The shipped models that are whole, with their sha256, and what is wrong with the others."""
    try:
        from hairdensity.segmentation import model_files  # noqa: PLC0415 -- doctor must also run where cv2 is missing
    except ImportError:
        return {}, []
    models: dict[str, str] = {}
    problems: list[str] = []
    try:
        for model in model_files.list_models():
            models[model.folder.name] = f"damaged, stated sha256 {model.id.sha256}"
            model_files.whole_file(model, model_files.NETWORK)
            models[model.folder.name] = f"whole, sha256 {model.id.sha256}"
    except ResourceError as error:
        problems.append(str(error))
    return models, problems


def _samples() -> tuple[list[str], list[str]]:
    """Paths of the sample images, and what is wrong with them."""
    try:
        return [str(path) for path in sample_image_paths()], []
    except ResourceError as error:
        return [], [str(error)]
