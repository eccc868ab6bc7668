"""The structure of the code: who may import whom, how large things get, and what has to be documented."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

from tests import settings_table
from tests.event_page import page

TOP = Path(__file__).resolve().parent.parent
FILE_LINES_MAX = 300
FUNCTION_LINES_MAX = 40
PARAMETERS_MAX = 5
EXCEPTIONS_MAX = 8
REASON_CHARACTERS_MIN = 40
DRAWERS = {"utils", "util", "helpers", "helper", "common", "misc", "manager", "managers", "shared"}
AUDIT_MAY_IMPORT = {"msgspec", "cryptography", "service"} | sys.stdlib_module_names


def sources() -> list[Path]:
    """Return the files that the ceilings hold for."""
    return sorted([*TOP.glob("service/**/*.py"), *TOP.glob("tests/**/*.py"), TOP / "wsgi.py"])


def sizes() -> dict[str, tuple[int, int]]:
    """Return each file, function and parameter list with its size and ceiling."""
    found: dict[str, tuple[int, int]] = {}
    for path in sources():
        name, text = path.relative_to(TOP).as_posix(), path.read_text(encoding="utf-8")
        found[name] = (len(text.splitlines()), FILE_LINES_MAX)
        for node in _functions(ast.parse(text)):
            lines = (node.end_lineno or 0) - node.lineno + 1
            found[f"{name}:{node.name}"] = (lines, FUNCTION_LINES_MAX)
            found[f"{name}:{node.name}()"] = (_parameters(node), PARAMETERS_MAX)
    return found


def exceptions() -> dict[str, dict[str, object]]:
    """Return the reasoned exceptions by what they are about."""
    content = tomllib.loads((TOP / "tests" / "ceilings.toml").read_text(encoding="utf-8"))
    return {str(entry["what"]): entry for entry in content.get("over", [])}


def test_nothing_outgrows_its_ceiling_without_a_reason() -> None:
    excused = exceptions()
    over = {what: size for what, (size, ceiling) in sizes().items() if size > ceiling and what not in excused}
    assert not over


def test_exceptions_are_few_reasoned_and_still_needed() -> None:
    excused, found = exceptions(), sizes()
    assert len(excused) <= EXCEPTIONS_MAX
    for what, entry in excused.items():
        assert what in found, f"{what} is no longer there"
        size, ceiling = found[what]
        assert len(str(entry["reason"])) >= REASON_CHARACTERS_MIN, f"{what} needs a reason"
        assert ceiling < size <= int(str(entry["limit"])), f"{what} has {size}: too small an exception, or none needed"


def test_no_module_is_a_drawer_without_a_name() -> None:
    assert not [path for path in sources() if path.stem in DRAWERS or path.parent.name in DRAWERS]


def test_rooms_hold_a_docstring_and_no_import() -> None:
    for path in TOP.glob("service/**/__init__.py"):
        body = ast.parse(path.read_text(encoding="utf-8")).body
        assert len(body) == 1, f"{path} holds more than a docstring"
        assert isinstance(body[0], ast.Expr)


def test_everything_public_has_a_docstring() -> None:
    missing = []
    for path in sorted(TOP.glob("service/**/*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        named = [node for node in tree.body if isinstance(node, (ast.FunctionDef, ast.ClassDef))]
        missing += [f"{path}:{node.name}" for node in named if not node.name.startswith("_") and not _doc(node)]
        if not _doc(tree):
            missing.append(str(path.relative_to(TOP)))
    assert not missing


def test_imports_go_one_way() -> None:
    program = "import sys; from importlinter.cli import lint_imports_command; sys.exit(lint_imports_command())"
    command = [sys.executable, "-c", program, "--no-cache", "--config", "pyproject.toml"]
    finished = subprocess.run(command, cwd=TOP, capture_output=True, text=True)
    assert finished.returncode == 0, finished.stdout + finished.stderr


def test_the_auditors_program_imports_only_what_is_allowed() -> None:
    for path in TOP.glob("service/audit/**/*.py"):
        for name in _imports(ast.parse(path.read_text(encoding="utf-8"))):
            assert name.split(".")[0] in AUDIT_MAY_IMPORT, f"{path} imports {name}"
            assert not name.startswith("service") or name.startswith("service.audit"), f"{path} imports {name}"


def test_only_the_configuration_reads_the_environment() -> None:
    for path in TOP.glob("service/**/*.py"):
        if path.name != "config.py":
            names = {node.attr for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Attribute)}
            assert not names & {"environb", "getenv", "getenvb"}, path
            assert "os.environ" not in path.read_text(encoding="utf-8"), path


def test_every_event_is_documented() -> None:
    assert (TOP / "docs" / "events.md").read_text(encoding="utf-8") == page(), (
        "run: python -m tests.event_page > docs/events.md"
    )


def test_every_setting_is_documented() -> None:
    text = settings_table.PAGE.read_text(encoding="utf-8")
    assert text == settings_table.page(text), "run: python -m tests.settings_table"


def _functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    return (node for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)))


def _parameters(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Count parameters that a caller has to give: click and pytest give theirs by name, and a method's own is none."""
    decorators = " ".join(ast.unparse(each) for each in node.decorator_list)
    if node.name.startswith("test_") or re.search(r"command\(|fixture", decorators):
        return 0
    names = [each.arg for each in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)]
    return len([name for name in names if name not in ("self", "cls")])


def _imports(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or "service.audit"


def _doc(node: ast.Module | ast.FunctionDef | ast.ClassDef) -> str | None:
    return ast.get_docstring(node)
