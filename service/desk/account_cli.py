"""The commands `petition account …`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click

from service.clock import day_of
from service.desk import holders
from service.desk.accounts import Enrolment, NewAccount, account_row, accounts, add, found, show_person
from service.desk.acting import FILE, as_account, secret_lines, signed_in
from service.desk.request_cli import tell_asked
from service.desk.role_changes import ask_for_roles
from service.desk.roles import ADMINISTRATOR, ROLES, checked_roles, written
from service.desk.second_factor import as_text_qr, uri_of
from service.desk.sign_in import Credentials
from service.errors import Refused

Shown = Callable[[], Credentials]
ROLE = click.Choice(list(ROLES))
NEW_PASSWORD = click.option(
    "--new-password", "password_file", type=FILE, help="A file (0600) that holds it; without, it is asked for."
)


@click.group()
def account() -> None:
    """Accounts of organizers: who they are and what they may."""


@account.command("add")
@click.argument("name")
@click.option("--person", prompt="The person's name", help="Who it is; kept sealed.")
@click.option("--email", prompt="Their e-mail address", help="Kept sealed.")
@click.option("--role", "roles", type=ROLE, multiple=True, help="Asked for with it; another administrator approves.")
@NEW_PASSWORD
@as_account(required=False)
@click.pass_obj
def add_account(
    services: Any, name: str, person: str, email: str, roles: Sequence[str], password_file: Path | None,
    shown: Shown | None,
) -> None:  # fmt: skip
    """Make the account NAME. The very first becomes administrator; any other is added by one, with --as.

    The person sits at the keyboard: nobody else learns the password, or takes the second factor in.

    Example: petition account add azra --role organizer --as baran
    """
    now = services.clock.now()
    if shown is None and set(roles) - {ADMINISTRATOR}:
        raise Refused("the first account is administrator and nothing else; others are added with --as")
    actor = signed_in(services, shown) if shown else None
    new = NewAccount(name, person, email, _new_password(password_file))
    made = add(services.desk, new, actor, day_of(now)) if actor else found(services.desk, new, day_of(now))
    click.echo(f"account {name} is made: {made.account}, {'without a role' if actor else ADMINISTRATOR}")
    _tell_enrolment(services, name, made)
    if actor and roles:
        tell_asked(services, ask_for_roles(services.desk, actor, name, roles, now))


@account.command("list")
@click.pass_obj
def list_(services: Any) -> None:
    """List the accounts with their roles.

    Example: petition account list
    """
    with services.database.read() as connection:
        found_accounts = accounts(connection)
    for one in found_accounts:
        click.echo(f"{one.name:<20} {one.id}  {one.state:<8} {written(one.roles) or 'without a role'}")
    click.echo(f"{len(found_accounts)} accounts")


@account.command()
@click.argument("name")
@as_account(required=False)
@click.pass_obj
def show(services: Any, name: str, shown: Shown | None) -> None:
    """Show the account NAME; to its holder and to administrators, with --as, also who it is, which is recorded.

    Example: petition account show azra --as azra
    """
    with services.database.read() as connection:
        row = account_row(connection, name)
    told = {"name": name, "id": row["id"], "state": row["state"], "roles": row["roles"], "closed": row["closed"]}
    if shown:
        told |= show_person(services.desk, signed_in(services, shown), name, day_of(services.clock.now()))
    for what, value in told.items():
        click.echo(f"{what:<15} {value}")


@account.command()
@click.argument("name", required=False)
@click.option("--role", "chosen", type=ROLE, multiple=True, help="Exactly these from then on; none: no role at all.")
@as_account(required=False)
@click.pass_obj
def roles(services: Any, name: str | None, chosen: Sequence[str], shown: Shown | None) -> None:
    """Print what each role may; with NAME, ask that the account shall have these roles and be active.

    Example: petition account roles azra --role organizer --role translator --as baran
    """
    if name is None:
        for title, role in ROLES.items():
            click.echo(f"{title:<14} may {role.may};\n{'':<14} may not {role.may_not}")
        return
    if shown is None:
        raise Refused("say with --as which administrator asks for it")
    actor = signed_in(services, shown)
    tell_asked(services, ask_for_roles(services.desk, actor, name, checked_roles(chosen), services.clock.now()))


@account.command()
@click.argument("name")
@as_account()
@click.pass_obj
def disable(services: Any, name: str, shown: Shown) -> None:
    """Let the account NAME do nothing from now on; `petition account roles` makes it active again.

    Example: petition account disable azra --as baran
    """
    holders.disable(services.desk, signed_in(services, shown), name, services.clock.now())
    click.echo(f"disabled {name}")


@account.command()
@click.argument("name")
@as_account()
@click.pass_obj
def close(services: Any, name: str, shown: Shown) -> None:
    """Close the account NAME for good; 30 days later it is deleted.

    Example: petition account close azra --as azra
    """
    holders.close(services.desk, signed_in(services, shown), name, services.clock.now())
    click.echo(f"closed {name}")


@account.command()
@NEW_PASSWORD
@as_account()
@click.pass_obj
def password(services: Any, password_file: Path | None, shown: Shown) -> None:
    """Change one's own password.

    Example: petition account password --as azra
    """
    actor = signed_in(services, shown)
    holders.change_password(services.desk, actor, _new_password(password_file))
    click.echo(f"the password of {actor.name} is changed")


@account.command()
@as_account()
@click.pass_obj
def totp(services: Any, shown: Shown) -> None:
    """Make a new secret for one's own authenticator; who lost the old one shows a recovery code.

    Example: petition account totp --as azra
    """
    actor = signed_in(services, shown)
    _tell_secret(services, actor.name, holders.change_second_factor(services.desk, actor))


@account.command("recovery-codes")
@as_account()
@click.pass_obj
def recovery_codes(services: Any, shown: Shown) -> None:
    """Make ten new recovery codes of one's own in place of the old ones.

    Example: petition account recovery-codes --as azra
    """
    _tell_codes(holders.change_recovery_codes(services.desk, signed_in(services, shown)))


def _new_password(file: Path | None) -> str:
    if file is None:
        return str(click.prompt("New password", hide_input=True, confirmation_prompt=True))
    lines = secret_lines(file)
    if len(lines) != 1:
        raise Refused(f"{file}: write the new password on one line")
    return lines[0]


def _tell_enrolment(services: Any, name: str, made: Enrolment) -> None:
    _tell_secret(services, name, made.secret)
    _tell_codes(made.recovery_codes)


def _tell_secret(services: Any, name: str, secret: str) -> None:
    uri = uri_of(secret, name, services.settings.origin)
    click.echo(f"For the authenticator, shown once:\n{uri}\n{as_text_qr(uri)}")


def _tell_codes(codes: Sequence[str]) -> None:
    click.echo("Recovery codes, shown once; each replaces a code of the authenticator one time:")
    for code in codes:
        click.echo(f"  {code}")
