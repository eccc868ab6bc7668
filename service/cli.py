"""The command `petition`: mounts what each room offers, and turns refusals into a sentence and an exit code."""

from __future__ import annotations

import sys
from typing import Any

import click

from service.campaigns.cli import campaign
from service.config import Settings
from service.errors import PetitionError
from service.letters.addressee_cli import addressee
from service.letters.cli import letter
from service.letters.paper_cli import sheet, wording
from service.operations.cli import COMMANDS

VERSION = "0.1.0"  # as in pyproject.toml


class Session:
    """Stands for the services of one command, and opens them when it is first asked for one."""

    def __init__(self) -> None:
        self._services: Any = None

    def __getattr__(self, name: str) -> Any:
        """Return one of the services, of the environment's settings. :raises ConfigError: naming the wrong one."""
        if self._services is None:
            from service.app import build_services  # late: `--help` needs neither a database nor keys

            self._services = build_services(Settings.from_environment())
        return getattr(self._services, name)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(VERSION, prog_name="petition")
@click.pass_context
def petition(context: click.Context) -> None:
    """Undersigned: appeals whose signature log strangers can check.

    Example: petition demo --once
    """
    context.obj = Session()


letter.add_command(sheet)
letter.add_command(wording)
for command in (campaign, addressee, letter, *COMMANDS):
    petition.add_command(command)


def main() -> None:
    """Run the command line."""
    try:
        petition(prog_name="petition")
    except PetitionError as error:
        click.echo(f"petition: {error}", err=True)
        sys.exit(1)
    except OSError as error:  # a full disk, a folder that cannot be written: what click itself does not name
        named = f"{error.filename}: " if error.filename else ""
        click.echo(f"petition: {named}{error.strerror or error}", err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
