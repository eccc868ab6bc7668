"""Typesets letters with typst in a child process under limits: the same data give the same bytes."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from service.errors import PetitionError
from service.letters.coverage import FONTS, printable_data
from service.letters.printing import Printed

ENGINE = "typst-0.15.1"  # what typst itself says; a test compares
CHILD = Path(__file__).with_name("typeset_child.py")


class TypesettingFailed(PetitionError):
    """A letter could not be typeset: the message says why."""

    code, status = "typesetting", 500


@dataclass(frozen=True)
class Limits:
    """What a child process may use."""

    seconds: int = 30
    memory_bytes: int = 1024**3  # of address space


def typeset(printed: Printed, template: str, csv: bytes | None = None, limits: Limits = Limits()) -> bytes:
    """Return the PDF (PDF/A-3a and PDF/UA-1) of printed data, with the CSV attached if it is given.

    :raises TypesettingFailed: if typst refuses the data, or a limit is reached.
    """
    inputs = {"data": json.dumps(printable_data(printed), ensure_ascii=False, sort_keys=True)}
    if csv is not None:
        inputs["csv"] = csv.decode()
    made = printed["made"]
    job = {
        "template": template,
        "inputs": inputs,
        "fonts": str(FONTS),
        "timestamp": int(datetime(made["year"], made["month"], made["day"], 12, tzinfo=UTC).timestamp()),
        "seconds": limits.seconds,
        "memory_bytes": limits.memory_bytes,
    }
    return _run(json.dumps(job).encode(), limits)


def engine() -> str:
    """Return the engine's name and version, as `letter.composed` states it."""
    return ENGINE if version("typst").startswith("0.15.") else f"typst-{version('typst')}"


def _run(job: bytes, limits: Limits) -> bytes:
    command = [sys.executable, "-I", str(CHILD)]  # -I: neither this folder nor the environment leads to other modules
    try:
        done = subprocess.run(command, input=job, capture_output=True, timeout=limits.seconds, env={}, check=False)
    except subprocess.TimeoutExpired as error:
        raise TypesettingFailed(
            f"the document was not typeset within {limits.seconds} s, and its process was stopped"
        ) from error
    if done.returncode != 0:
        said = done.stderr.decode(errors="replace").strip()[-2000:]
        raise TypesettingFailed(f"the document was not typeset: {_reason(done.returncode, said, limits)}")
    return done.stdout


def _reason(status: int, said: str, limits: Limits) -> str:
    if status in (-signal.SIGXCPU, -signal.SIGKILL):
        return f"it needed more than {limits.seconds} s of processor time"
    if "memory allocation" in said or "MemoryError" in said:
        return f"it needed more than {limits.memory_bytes // 1024**2} MiB of memory"
    return said or f"its process ended with status {status} and said nothing"
