"""The command tells the version that the package has."""

from __future__ import annotations

import tomllib

from click.testing import CliRunner

from service.cli import petition
from service.operations.processes import TOP


def test_the_command_and_the_package_agree() -> None:
    told = CliRunner().invoke(petition, ["--version"])
    version = tomllib.loads((TOP / "pyproject.toml").read_text())["project"]["version"]
    assert told.output == f"petition, version {version}\n"
