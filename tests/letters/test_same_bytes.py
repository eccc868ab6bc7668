"""The same letter has the same bytes wherever and whenever it is made."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from service.eventlog.canonical import document_hash
from service.letters.package import make_package
from service.letters.typesetting import engine
from tests.letters.examples import Example
from tests.letters.made_up import KINDS, LANGUAGES, MadeUp
from tests.letters.sheets import sheet_in

ROOT = Path(__file__).parents[2]
ELSEWHERE = """
import json
from tests.letters.test_same_bytes import all_hashes
print(json.dumps(all_hashes()))
"""


def hashes(example: Example) -> dict[str, str]:
    """Return the hashes of everything that is made of a letter."""
    package = make_package(example.sources())
    return {name: document_hash(getattr(package, name)) for name in ("pdf", "plain", "annex")}


def all_hashes() -> dict[str, dict[str, str]]:
    """Return the hashes of a letter of every kind, each in all its languages."""
    letters = {kind: MadeUp(kind=kind) for kind in KINDS}
    made = {name: hashes(one) for name, one in {"example": Example(languages=("tr", "en", "ug")), **letters}.items()}
    return {**made, "sheet": {language: document_hash(sheet_in(language)) for language in LANGUAGES}}


def test_another_process_place_locale_zone_and_hash_seed_give_the_same_bytes(tmp_path: Path) -> None:
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "PYTHONHASHSEED": "4711",
        "LC_ALL": "tr_TR.UTF-8",
        "LANG": "tr_TR.UTF-8",
        "TZ": "Pacific/Kiritimati",
        "HOME": str(tmp_path),
        "SOURCE_DATE_EPOCH": "1",
    }
    done = subprocess.run(
        [sys.executable, "-c", ELSEWHERE], cwd=tmp_path, env=environment, capture_output=True, check=True
    )
    assert json.loads(done.stdout) == all_hashes()


def test_the_engine_is_the_one_that_events_name() -> None:
    pdf = make_package(Example().sources()).pdf
    assert f"Typst {engine().removeprefix('typst-')}".encode() in pdf
