"""The auditor's program needs Python, msgspec and cryptography, and nothing else of the service."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.audit.builder import ORIGIN, vkey
from tests.audit.folder import write_log
from tests.audit.lies import log_with_campaign
from tests.audit.test_published import receipt

TOP = Path(__file__).resolve().parents[2]
SOURCES = sorted((TOP / "service" / "audit").glob("**/*.py"))
ALLOWED = {"msgspec", "cryptography", *sys.stdlib_module_names}
BLOCKER = """
import sys, importlib.abc
class Blocker(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        top = name.partition(".")[0]
        audit = name == "service" or name == "service.audit" or name.startswith("service.audit.")
        needed = top in {"msgspec", "cryptography", "_cffi_backend", "cffi"} | sys.stdlib_module_names
        if not (audit or needed):
            raise ImportError(f"{name} is not to be had here")
for name in [name for name in sys.modules if name.partition(".")[0] not in sys.stdlib_module_names]:
    if name != "__main__":
        del sys.modules[name]
sys.meta_path.insert(0, Blocker())
from service.audit.__main__ import main
sys.exit(main(sys.argv[1:]))
"""


def imported(path: Path) -> Iterator[str]:
    """Yield the names of the modules that a file imports, wherever in it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports by a relative name"
            yield node.module or ""


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_it_imports_only_what_is_allowed(path: Path) -> None:
    for name in imported(path):
        assert name.partition(".")[0] in ALLOWED or name == "service.audit" or name.startswith("service.audit.")


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_it_imports_nothing_by_a_name_made_up_at_run_time(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert "__import__" not in text
    assert "importlib" not in text


def runs(*arguments: str) -> tuple[int, str]:
    """Run the program where only what it may import is to be had; return its exit code and complaints."""
    command = [sys.executable, "-W", "error", "-c", BLOCKER, *arguments]
    finished = subprocess.run(command, cwd=TOP, capture_output=True, text=True, timeout=60)
    return finished.returncode, finished.stderr


@pytest.mark.parametrize("arguments", [["replay"], ["replay", "--json"]])
def test_it_runs_where_nothing_else_can_be_imported(arguments: list[str]) -> None:
    assert runs(*arguments, str(TOP / "tests" / "old_logs" / "v1.ndjson")) == (0, "")


def test_every_other_command_runs_there_too(tmp_path: Path) -> None:
    lines = log_with_campaign(signers=20).lines()
    copy, policy = str(write_log(tmp_path / "log", lines)), str(tmp_path / "policy")
    Path(policy).write_text(f"log {vkey(ORIGIN, 1)}\nquorum none\n")
    (tmp_path / "receipt").write_bytes(receipt(lines, 7))
    for arguments in (
        ["verify", copy], ["verify", copy, "--since", str(tmp_path / "receipt")], ["at", copy, "9"],
        ["compare", copy, str(tmp_path / "receipt")], ["receipt", str(tmp_path / "receipt")],
        ["report", copy, "--out", str(tmp_path / "audit.html")], ["sample", "--new-key", str(tmp_path / "key")],
    ):  # fmt: skip
        assert runs(*arguments, "--policy", policy) == (0, ""), arguments
