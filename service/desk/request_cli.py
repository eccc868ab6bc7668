"""The commands `petition request …`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import click

from service.desk.accounts import names_of
from service.desk.acting import as_account, signed_in
from service.desk.sign_in import Credentials
from service.desk.two_people import Request, is_stale, refuse, request_by_id, requests
from service.desk.two_people import approve as approve_request


@click.group()
def request() -> None:
    """What needs two people: see what was asked for, approve it, refuse it."""


@request.command("list")
@click.option("--all", "everything", is_flag=True, help="Those that were decided or expired, too.")
@click.pass_obj
def list_(services: Any, everything: bool) -> None:
    """List the requests that wait for a second person.

    Example: petition request list
    """
    with services.database.read() as connection:
        found = [one for one in requests(connection, services.clock.now()) if everything or one.state == "open"]
        names = names_of(connection, {one.asked_by for one in found})
    for one in found:
        asked = names.get(one.asked_by, one.asked_by)
        click.echo(f"{one.id}  {one.kind:<20} {one.state:<8} asked by {asked}, until {_time(one.expires)}")
    click.echo(f"{len(found)} requests")


@request.command()
@click.argument("request_id", metavar="ID")
@click.pass_obj
def show(services: Any, request_id: str) -> None:
    """Show exactly what the request ID would do.

    Example: petition request show r_AbCdEfGhIj
    """
    _tell(services, _found(services, request_id))


@request.command()
@click.argument("request_id", metavar="ID")
@as_account()
@click.pass_obj
def approve(services: Any, request_id: str, shown: Callable[[], Credentials]) -> None:
    """Approve the request ID as another person than the one who asked, and do it.

    Example: petition request approve r_AbCdEfGhIj --as baran
    """
    asked = _found(services, request_id)
    _tell(services, asked)
    outcome = approve_request(services.desk, asked.id, shown(), services.clock.now())
    click.echo(f"done: {outcome}")


@request.command("refuse")
@click.argument("request_id", metavar="ID")
@as_account()
@click.pass_obj
def refuse_(services: Any, request_id: str, shown: Callable[[], Credentials]) -> None:
    """Refuse the request ID, or take it back if it is one's own.

    Example: petition request refuse r_AbCdEfGhIj --as baran
    """
    refuse(services.desk, request_id, signed_in(services, shown), services.clock.now())
    click.echo(f"refused {request_id}")


def tell_asked(services: Any, asked: Request) -> None:
    """Say what was asked for and what the second person does."""
    _tell(services, asked)
    click.echo(f"Another person approves it: petition request approve {asked.id} --as ACCOUNT")


def _found(services: Any, request_id: str) -> Request:
    with services.database.read() as connection:
        return request_by_id(connection, request_id, services.clock.now())


def _tell(services: Any, one: Request) -> None:
    with services.database.read() as connection:
        names = names_of(connection, {one.asked_by, one.decided_by})
    click.echo(f"request {one.id}, {one.kind}, {one.state}; sha256 {one.hash}")
    click.echo(f"asked by {names.get(one.asked_by, one.asked_by)} at {_time(one.asked_at)}, until {_time(one.expires)}")
    for line in one.says:
        click.echo(f"  {line}")
    if one.decided_by:
        click.echo(f"{one.state} by {names.get(one.decided_by, one.decided_by)} {one.outcome}".rstrip())
    stale = is_stale(services.desk, one, services.clock.now()) if one.state == "open" else ""
    if stale:
        click.echo(f"It cannot be approved now: {stale}")


def _time(seconds: int) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M} UTC"
