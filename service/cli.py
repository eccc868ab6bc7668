"""The command `petition`: mounts what each room offers, and turns refusals into a sentence and an exit code."""

from __future__ import annotations

import sys
from typing import Any

import click

from service.campaigns.cli import campaign
from service.campaigns.texts_cli import text
from service.config import Settings
from service.desk.account_cli import account
from service.desk.request_cli import request
from service.errors import PetitionError
from service.letters.addressee_cli import addressee
from service.letters.cli import letter
from service.letters.paper_cli import sheet, wording
from service.operations.asking import approve, compose, rotate, takedown, verify
from service.operations.campaign_commands import close, extend, open_, outcome, reopen, update, withdraw
from service.operations.cli import COMMANDS
from service.operations.key_commands import keys
from service.operations.letter_answers import acknowledge, answer, drop, evidence, release
from service.operations.letter_names import counsel, erased, link, names, package, slip
from service.operations.letter_sending import bundle, handed_over, recall, resolve, send
from service.operations.text_commands import correct, import_, replace_, translation

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


for group, commands in (
    (text, [correct, replace_, translation]),
    (campaign, [import_, open_, close, extend, withdraw, reopen, outcome, update]),
    (campaign, [takedown, text]),
    (keys, [rotate]),
    (addressee, [verify]),
    (letter, [compose, approve, send, recall, resolve, bundle, handed_over]),
    (letter, [counsel, names, link, slip, erased, package]),
    (letter, [acknowledge, answer, release, drop, evidence, sheet, wording]),
    (petition, [campaign, addressee, letter, account, request, *COMMANDS]),
):
    for command in commands:
        group.add_command(command)


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
