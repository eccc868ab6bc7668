"""The launcher works from anywhere, with hardly any environment, and says what is missing."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent.parent
LAUNCHER = TOP / "petition"


def launch(*arguments: str, cwd: Path, path: str = os.defpath) -> subprocess.CompletedProcess[str]:
    """Run the launcher with nothing in the environment but PATH and HOME."""
    environ = {"PATH": path, "HOME": str(cwd)}
    return subprocess.run([str(LAUNCHER), *arguments], cwd=cwd, env=environ, capture_output=True, text=True)


def test_it_works_from_another_folder_with_hardly_any_environment(tmp_path: Path) -> None:
    finished = launch("demo", "--help", cwd=tmp_path)
    assert finished.returncode == 0, finished.stderr
    assert "Example: petition demo --once" in finished.stdout


def test_it_works_through_a_link(tmp_path: Path) -> None:
    (tmp_path / "petition").symlink_to(LAUNCHER)
    finished = subprocess.run([tmp_path / "petition", "--help"], cwd=tmp_path, capture_output=True, text=True)
    assert finished.returncode == 0, finished.stderr


def test_it_gives_on_the_commands_exit_code_and_sentence(tmp_path: Path) -> None:
    finished = launch("campaign", "list", cwd=tmp_path)
    assert finished.returncode == 1
    assert "DATABASE_URL is not set" in finished.stderr
    assert "Traceback" not in finished.stderr


def test_it_says_which_python_it_needs(tmp_path: Path) -> None:
    folder = tmp_path / "clone"
    folder.mkdir()
    (folder / "petition").write_bytes(LAUNCHER.read_bytes())
    (folder / "petition").chmod(0o755)
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("sh", "dirname", "readlink", "id"):
        (programs / name).symlink_to(f"/usr/bin/{name}" if Path(f"/usr/bin/{name}").exists() else f"/bin/{name}")
    text = (folder / "petition").read_text().replace("/usr/bin/python3", "/nowhere/python3")
    (folder / "petition").write_text(text)
    finished = subprocess.run(
        ["/bin/sh", str(folder / "petition"), "demo"], env={"PATH": str(programs)}, capture_output=True, text=True
    )
    assert finished.returncode == 1
    assert "Python 3.11 or newer is needed" in finished.stderr


def test_it_needs_no_more_than_a_posix_shell() -> None:
    assert subprocess.run(["/bin/sh", "-n", str(LAUNCHER)]).returncode == 0
    assert not re.search(r"\[\[|\bfunction\b|\blocal\b|<<<", LAUNCHER.read_text())


def test_continuous_integration_runs_exactly_the_tests() -> None:
    lines = [line for line in (TOP / ".ci" / "run").read_text().splitlines() if line and not line.startswith("#")]
    assert lines == ['cd "$(dirname "$0")/.." && exec ./petition test']
