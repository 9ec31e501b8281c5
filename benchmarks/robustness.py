"""Read damaged pictures of every format, each in a process of its own.

    python benchmarks/robustness.py --files 1000 [--stage read|analyze] [--json PATH]

Bits are flipped, ends cut, files spliced together, header fields set to extremes and runs overwritten; half of the
damaged PNG files get right checksums again, so that the damage reaches the decoder. Every file must end in a reasoned
error, or in a picture; a process that dies, raises anything else or exceeds its time or memory is a crash, and the exit
code is 1. A picture that differs from the undamaged one without a flag is counted, not punished: formats without
checksums cannot show it.
"""

from __future__ import annotations

import argparse
import datetime
import hashlib
import json
import os
import platform
import resource
import select
import signal
import struct
import subprocess
import sys
import time
import zlib
from collections import Counter, defaultdict
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from picture_files import picture_files, skin_like_pixels

from hairdensity.errors import HairDensityError
from hairdensity.image import read_image

SECONDS_MAX = 10.0
MEGABYTES_MAX = 1500
ADDRESS_SPACE_MB = 8 * 1024
"""Libraries map far more than they use: this bound stops a runaway, MEGABYTES_MAX judges what was really used."""

EXTREMES = (0, 1, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFF)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one file."""

    kind: str
    detail: str = ""
    seconds: float = 0.0
    peak_mb: float = 0.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=1000, help="number of damaged files over all formats")
    parser.add_argument("--stage", choices=("read", "analyze"), default="read")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", type=Path, help="write the report here")
    arguments = parser.parse_args()
    if arguments.stage == "analyze":
        import hairdensity.analysis  # noqa: F401 - once here, and not in every child
    outcomes = run(n_files=arguments.files, stage=arguments.stage, seed=arguments.seed)
    print(table(outcomes))
    crashes = [outcome for group in outcomes.values() for outcome in group if outcome.kind == "crash"]
    for detail, count in Counter(crash.detail for crash in crashes).most_common():
        print(f"crash x {count}: {detail}")
    if arguments.json:
        arguments.json.parent.mkdir(parents=True, exist_ok=True)
        arguments.json.write_text(json.dumps(report(outcomes, arguments), indent=1) + "\n")
    sys.exit(1 if crashes else 0)


def run(*, n_files: int, stage: str, seed: int) -> dict[str, list[Outcome]]:
    """Outcomes by format, from files damaged in turn."""
    files = picture_files(skin_like_pixels(120, 160, seed=seed))
    undamaged = {name: pixel_hash(data) for name, data in files.items()}
    outcomes = defaultdict(list)
    names = list(files)
    for i in range(n_files):
        name = names[i % len(names)]
        rng = np.random.default_rng([seed, i])
        data = damage(files[name], files[names[int(rng.integers(len(names)))]], rng)
        outcomes[name].append(in_own_process(data, undamaged[name], stage))
    return outcomes


def damage(data: bytes, other: bytes, rng: np.random.Generator) -> bytes:
    """One kind of damage to a file, with another file at hand."""
    kind = DAMAGES[int(rng.integers(len(DAMAGES)))]
    damaged = kind(data, other, rng)
    if damaged.startswith(b"\x89PNG") and rng.random() < 0.5:
        return with_right_checksums(damaged)
    return damaged


def flip_bits(data: bytes, _: bytes, rng: np.random.Generator) -> bytes:
    damaged = bytearray(data)
    for position in rng.integers(len(data), size=int(rng.integers(1, 9))):
        damaged[position] ^= 1 << int(rng.integers(8))
    return bytes(damaged)


def cut_end(data: bytes, _: bytes, rng: np.random.Generator) -> bytes:
    return data[: int(rng.integers(len(data)))]


def cut_middle(data: bytes, _: bytes, rng: np.random.Generator) -> bytes:
    start, end = sorted(rng.integers(len(data), size=2).tolist())
    return data[:start] + data[end:]


def splice(data: bytes, other: bytes, rng: np.random.Generator) -> bytes:
    return data[: int(rng.integers(len(data)))] + other[int(rng.integers(len(other))) :]


def edit_header(data: bytes, _: bytes, rng: np.random.Generator) -> bytes:
    """An extreme number somewhere in the first 400 bytes, or behind DICOM's empty preamble."""
    number = EXTREMES[int(rng.integers(len(EXTREMES)))]
    code = "<>"[int(rng.integers(2))] + ("H" if number <= 0xFFFF and rng.random() < 0.5 else "I")
    start = 132 if data[128:132] == b"DICM" else 0
    position = start + int(rng.integers(min(400, len(data) - start - 4)))
    edit = struct.pack(code, number)
    return data[:position] + edit + data[position + len(edit) :]


def overwrite_run(data: bytes, _: bytes, rng: np.random.Generator) -> bytes:
    length = int(rng.integers(1, 65))
    position = int(rng.integers(max(1, len(data) - length)))
    return data[:position] + rng.bytes(length) + data[position + length :]


def garbage(data: bytes, _: bytes, rng: np.random.Generator) -> bytes:
    """Random bytes behind an intact beginning of up to 32 bytes."""
    return data[: int(rng.integers(33))] + rng.bytes(int(rng.integers(1, 2000)))


DAMAGES = (flip_bits, flip_bits, cut_end, cut_middle, splice, edit_header, edit_header, overwrite_run, garbage)


def with_right_checksums(png: bytes) -> bytes:
    """A PNG whose chunk checksums are recomputed as far as its chunks can be followed."""
    repaired, position = bytearray(png), 8
    while position + 12 <= len(png):
        end = position + 12 + int.from_bytes(png[position : position + 4], "big")
        if end > len(png):
            break
        repaired[end - 4 : end] = struct.pack(">I", zlib.crc32(png[position + 4 : end - 4]))
        position = end
    return bytes(repaired)


def in_own_process(data: bytes, undamaged: str, stage: str) -> Outcome:
    """Outcome of one file, read in a forked process with bounded time and memory."""
    reader, writer = os.pipe()
    start = time.perf_counter()
    child = os.fork()
    if child == 0:
        os.close(reader)
        os.write(writer, json.dumps(judge(data, undamaged, stage)).encode())
        os._exit(0)
    os.close(writer)
    in_time = bool(select.select([reader], [], [], SECONDS_MAX)[0])
    if not in_time:
        os.kill(child, signal.SIGKILL)
    answer = os.read(reader, 65_536)
    os.close(reader)
    _, status, usage = os.wait4(child, 0)
    seconds, peak_mb = time.perf_counter() - start, usage.ru_maxrss / 1024
    if not in_time:
        return Outcome(kind="crash", detail=f"longer than {SECONDS_MAX:g} s", seconds=seconds, peak_mb=peak_mb)
    if status != 0 or not answer:
        return Outcome(kind="crash", detail=f"process status {status}", seconds=seconds, peak_mb=peak_mb)
    if peak_mb > MEGABYTES_MAX:
        return Outcome(kind="crash", detail=f"more than {MEGABYTES_MAX} MB", seconds=seconds, peak_mb=peak_mb)
    kind, detail = json.loads(answer)
    return Outcome(kind=kind, detail=detail, seconds=seconds, peak_mb=peak_mb)


def judge(data: bytes, undamaged: str, stage: str) -> tuple[str, str]:
    """Kind of outcome and its detail, in the child."""
    resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE_MB << 20, ADDRESS_SPACE_MB << 20))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    try:
        image = read_image(data)
        if stage == "analyze":
            from hairdensity.analysis import analyze

            analyze(image)
    except HairDensityError as error:
        return "error", error.code
    except BaseException as error:
        return "crash", f"{type(error).__name__}: {error}"
    if hashlib.sha256(image.pixels.tobytes()).hexdigest() == undamaged:
        return "same", ""
    return ("flagged", "") if image.metadata.flags else ("silent", "")


def pixel_hash(data: bytes) -> str:
    """Hash of an undamaged file's pixels; read in a process of its own, for decoders' threads do not survive a fork."""
    script = (
        "import sys, hashlib; from hairdensity.image import read_image; "
        "print(hashlib.sha256(read_image(sys.stdin.buffer.read()).pixels.tobytes()).hexdigest())"
    )
    return (
        subprocess.run([sys.executable, "-c", script], input=data, capture_output=True, check=True)
        .stdout.decode()
        .strip()
    )


def table(outcomes: dict[str, list[Outcome]]) -> str:
    """Outcomes by format; times in s, memory in MB."""
    codes = sorted({o.detail for group in outcomes.values() for o in group if o.kind == "error"})
    columns = [*codes, "same", "flagged", "silent", "crash"]
    lines = [f"{'':20}" + "".join(f"{column:>19}" for column in ["files", *columns, "slowest s", "peak MB"])]
    everything = [outcome for group in outcomes.values() for outcome in group]
    for name, group in [*outcomes.items(), ("all", everything)]:
        counts = Counter(o.detail if o.kind == "error" else o.kind for o in group)
        cells = [len(group), *(counts[column] for column in columns)]
        slowest, peak = max(o.seconds for o in group), max(o.peak_mb for o in group)
        lines.append(f"{name:20}" + "".join(f"{cell:>19}" for cell in [*cells, f"{slowest:.2f}", f"{peak:.0f}"]))
    return "\n".join(lines)


def report(outcomes: dict[str, list[Outcome]], arguments: argparse.Namespace) -> dict[str, object]:
    """The run as a JSON document, with its line for the README."""
    everything = [outcome for group in outcomes.values() for outcome in group]
    kinds = Counter(outcome.kind for outcome in everything)
    value = (
        f"{kinds['crash']} crashes, {kinds['error']} reasoned errors, {kinds['flagged']} flagged, "
        f"{kinds['same']} unharmed, {kinds['silent']} changed unnoticed"
    )
    what = f"{len(everything):,} damaged files of every format ({arguments.stage})"
    git = ["git", "-C", str(Path(__file__).parent), "describe", "--always", "--abbrev=40", "--dirty", "--exclude=*"]
    return {
        "benchmark": f"robustness ({arguments.stage})",
        "commit": subprocess.run(git, capture_output=True, text=True, check=False).stdout.strip(),
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "machine": {
            "processor": platform.processor() or platform.machine(),
            "cores": os.cpu_count(),
            "python": platform.python_version(),
        },
        "seed": arguments.seed,
        "figures": [{"what": what, "value": value, "target": "no crash"}],
        "outcomes": {name: [asdict(outcome) for outcome in group] for name, group in outcomes.items()},
    }


if __name__ == "__main__":
    main()
