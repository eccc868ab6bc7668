"""How a command is told who acts: `--as NAME`, and password and code from a prompt or a file, never as an argument."""

from __future__ import annotations

import functools
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from service.desk.accounts import Actor
from service.desk.sign_in import Credentials, sign_in
from service.errors import Refused

OTHERS = stat.S_IRWXG | stat.S_IRWXO
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


def credentials(account: str, file: Path | None) -> Credentials:
    """Return what an account shows: from the file's two lines, password and code, or asked for.

    :raises Refused: if others can read the file, or it has not two lines.
    """
    if file is None:
        password = click.prompt(f"Password of {account}", hide_input=True)
        return Credentials(account, password, click.prompt("Code of the authenticator, or a recovery code"))
    lines = secret_lines(file)
    if len(lines) != 2:
        raise Refused(f"{file}: write the password on the first line and the code on the second")
    return Credentials(account, *lines)


def secret_lines(file: Path) -> list[str]:
    """Return the lines of a file that its owner alone can read. :raises Refused: if others can, or it is no text."""
    if file.stat().st_mode & OTHERS:
        raise Refused(f"{file}: others can read it: run `chmod 0600 {file}`")
    try:
        return file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise Refused(f"{file} cannot be read as text") from error


def as_account(*, required: bool = True) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Give a command the options `--as` and `--credentials`; it gets `shown()`, which asks and returns Credentials.

    Where it is not required, `shown` is nothing without `--as`.
    """

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(command)
        def with_shown(*args: Any, account: str | None, credentials_file: Path | None, **named: Any) -> Any:
            shown = functools.partial(credentials, account, credentials_file) if account else None
            return command(*args, shown=shown, **named)

        file = click.option(
            "--credentials", "credentials_file", type=FILE, help="A file (0600) with password and code on a line each."
        )
        name = click.option("--as", "account", metavar="ACCOUNT", required=required, help="The account that acts.")
        return name(file(with_shown))

    return decorate


def signed_in(services: Any, shown: Callable[[], Credentials]) -> Actor:
    """Return who acts. :raises SignInRefused: if what was shown is wrong."""
    return sign_in(services.desk, shown(), services.clock.now())
