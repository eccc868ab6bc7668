"""Each check of PRIVACY section 12 finds nothing, and finds something once its protection is taken out."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from service import app as app_module
from service.campaigns.queries import CampaignView, campaign_by_ref
from service.clock import FixedClock
from service.errors import Busy
from service.operations import logging as log_lines
from service.operations import prepare
from service.outbox.queue import Message
from service.signatures import handlers, routes, schemas
from service.signatures.fingerprint import token
from service.signatures.mail import ConfirmationMail, confirmation_mail
from service.store.database import Database
from service.store.tables import outbox, signature
from service.vault.campaign_keys import campaign_key
from service.vault.commitments import Opening
from tests.installation import REF, Installation, install
from tests.privacy import checks
from tests.privacy.checks import Check

Plant = Callable[[pytest.MonkeyPatch, Installation], object]


@dataclass(frozen=True)
class Case:
    """A check, the kind of appeal it is about, and what it has to find: protections taken out."""

    check: Check
    plants: tuple[Plant, ...]
    at_risk: bool = False


def keeps(table: str) -> Plant:
    """Let a table lose no row, whatever is deleted."""
    return _ignores(f"DELETE ON {table}", f"keeps {table}")


def _ignores(what: str, name: str) -> Plant:
    def plant(_: pytest.MonkeyPatch, installation: Installation) -> None:
        with installation.services.database.write() as connection:
            connection.exec_driver_sql(f"CREATE TRIGGER planted BEFORE {what} BEGIN SELECT RAISE(IGNORE); END")

    plant.__name__ = name
    return plant


def erasing_withdraws(patch: pytest.MonkeyPatch, installation: Installation) -> None:
    """Mark who was erased by an event in the log."""
    whole = handlers.withdraw_signature
    patch.setattr("service.signatures.mine_routes.withdraw_signature",
                  lambda command, desk: whole(replace(command, withdraw=True), desk))  # fmt: skip


def forgets_nobody(patch: pytest.MonkeyPatch, _: Installation) -> None:
    """Keep a record, as ordinary appeals do."""
    patch.setattr(CampaignView, "forgets", False)


def has_signed(installation: Installation, norm: str) -> bool:
    """Look up whether an address signed, as nothing that anybody can reach may."""
    with installation.services.database.read() as connection:
        campaign = campaign_by_ref(connection, REF).id
        found = token(campaign_key(connection, installation.services.keys, campaign), campaign, norm)
        return connection.scalar(sa.select(signature.c.id).where(signature.c.id == found)) is not None


def _if_signed(then: Callable[[Installation, Any], None]) -> Plant:
    def plant(patch: pytest.MonkeyPatch, installation: Installation) -> None:
        whole = routes.sign_campaign

        def signs(command: Any, campaign: Any, desk: Any) -> None:
            whole(command, campaign, desk)
            then(installation, command)

        patch.setattr(routes, "sign_campaign", signs)

    plant.__name__ = then.__name__
    return plant


def refuses(installation: Installation, command: Any) -> None:
    """Answer who signed before with another page."""
    if has_signed(installation, command.norm):
        raise Busy


def mails_nobody(installation: Installation, command: Any) -> None:
    """Spare who signed before the second mail."""
    if has_signed(installation, command.norm):
        with installation.services.database.write() as connection:
            newest = sa.select(sa.func.max(outbox.c.id))
            connection.execute(sa.delete(outbox).where(outbox.c.id == newest.scalar_subquery()))


def looks_further(installation: Installation, command: Any) -> None:
    """Ask the database once more about who signed before: it takes longer."""
    if has_signed(installation, command.norm):
        has_signed(installation, command.norm)


def writes_longer_mails(patch: pytest.MonkeyPatch, installation: Installation) -> None:
    """Say in the mail that the address had signed before."""

    def longer(request: ConfirmationMail) -> Message:
        made = confirmation_mail(request)
        before = "You had already signed. " * 30
        return replace(made, body=before + made.body) if has_signed(installation, request.to) else made

    patch.setattr(app_module, "confirmation_mail", longer)


def opening_confirms(_: pytest.MonkeyPatch, installation: Installation) -> None:
    """Let a link do what its button does."""
    views = installation.app.view_functions
    whole = views["signatures.confirm"]

    def confirm(token: str) -> Any:
        shown = whole(token=token)
        installation.client().post(f"/confirm/{token}", data={"action": "confirm"})
        return shown

    views["signatures.confirm"] = confirm


def lines_name_paths(patch: pytest.MonkeyPatch, _: Installation) -> None:
    """Log the path in place of its pattern."""
    whole = log_lines.log.info
    patch.setattr(log_lines.log, "info", lambda event, **line: whole(event, **line | {"route": log_lines.request.path}))


def lines_name_forms(patch: pytest.MonkeyPatch, _: Installation) -> None:
    """Log what was typed."""
    whole = log_lines.log.info
    patch.setattr(log_lines.log, "info", lambda event, **line: whole(event, form=dict(log_lines.request.form), **line))


def leaves_name_people(patch: pytest.MonkeyPatch, _: Installation) -> None:
    """Write the name where its commitment belongs, in a form that looks like one."""

    def named(_self: Opening, _norm: str, name: str, _country: str | None = None) -> str:
        return base64.urlsafe_b64encode(f"{name:<32}".encode()[:32]).rstrip(b"=").decode()

    patch.setattr(Opening, "commitment", named)


def days_are_of_tomorrow(patch: pytest.MonkeyPatch, _: Installation) -> None:
    """Write another day than that of the press."""
    patch.setattr(handlers, "Consented", lambda **of: Consented(**of | {"day": "2026-03-09"}))


Consented = handlers.Consented


def addresses_as_typed(patch: pytest.MonkeyPatch, _: Installation) -> None:
    """Compare addresses as they were typed."""
    patch.setattr(schemas, "norm", str.strip)


def a_token_by_chance(patch: pytest.MonkeyPatch, _: Installation) -> None:
    """Give each form a signature of its own."""
    numbers = iter(range(100))
    patch.setattr(handlers, "token", lambda key, campaign, norm: token(key, campaign, f"{norm}{next(numbers)}"))


def the_journal_is_passed_over(patch: pytest.MonkeyPatch, _: Installation) -> None:
    """Restore without erasing again."""
    patch.setattr(prepare, "apply_journal", lambda database, path: 0)


def _mails(change: Callable[[ConfirmationMail], ConfirmationMail], name: str) -> Plant:
    def plant(patch: pytest.MonkeyPatch, _: Installation) -> None:
        patch.setattr(app_module, "confirmation_mail", lambda request: confirmation_mail(change(request)))

    plant.__name__ = name
    return plant


links_with_the_slug = _mails(lambda one: replace(one, link=f"{one.link}&c={REF}"), "links_with_the_slug")
sent_by_the_cause = _mails(lambda one: replace(one, sender=f"post@{REF}.example"), "sent_by_the_cause")


def mails_named(patch: pytest.MonkeyPatch, installation: Installation) -> None:
    """Name the appeal in its mails, as ordinary ones do."""
    with installation.services.database.read() as connection:
        titles = campaign_by_ref(connection, REF).settings["title"]
    _mails(lambda one: replace(one, at_risk=False, title=titles["en"]), "named")(patch, installation)


def lines_tell_who_asked(patch: pytest.MonkeyPatch, _: Installation) -> None:
    """Log the address of the network."""
    whole = log_lines.log.info
    patch.setattr(log_lines.log, "info",
                  lambda event, **line: whole(event, of=log_lines.request.remote_addr, **line))  # fmt: skip


CASES = (
    Case(checks.who_was_erased_is_nowhere,
         (*map(keeps, ("record", "mine", "pending", "outbox", "subscriber")), erasing_withdraws)),
    Case(checks.nobody_is_kept_who_is_forgotten,
         (forgets_nobody, _ignores("UPDATE ON pending", "keeps forms")), at_risk=True),
    Case(checks.sealing_leaves_nothing, tuple(map(keeps, ("campaign_key", "record", "mine", "signature")))),
    Case(checks.nobody_learns_who_signed,
         (*map(_if_signed, (refuses, mails_nobody, looks_further)), writes_longer_mails)),
    Case(checks.a_scanner_confirms_nothing, (opening_confirms,)),
    Case(checks.log_and_lines_name_nobody, (lines_name_paths, lines_name_forms, leaves_name_people)),
    Case(checks.days_are_those_of_the_press, (days_are_of_tomorrow,), at_risk=True),
    Case(checks.one_mailbox_signs_once, (addresses_as_typed, a_token_by_chance)),
    Case(checks.a_restore_brings_nobody_back, (the_journal_is_passed_over,)),
    Case(checks.an_annex_that_is_over_cannot_be_opened, (_ignores("UPDATE ON letter_annex", "keeps r"),)),
    Case(checks.mail_at_risk_tells_nothing, (links_with_the_slug, mails_named, sent_by_the_cause), at_risk=True),
    Case(checks.no_address_of_the_network_is_kept, (lines_tell_who_asked,)),
)  # fmt: skip
PLANTED = [(case, plant) for case in CASES for plant in case.plants]


def name_of(one: object) -> str:
    return one.check.__name__ if isinstance(one, Case) else getattr(one, "__name__", "")


@pytest.mark.parametrize("case", CASES, ids=name_of)
def test_nothing_is_wrong(case: Case, sqlite_database: Database, tmp_path: Path, clock: FixedClock) -> None:
    assert case.check(install(sqlite_database, tmp_path, clock, at_risk=case.at_risk), tmp_path) == []


@pytest.mark.parametrize(("case", "plant"), PLANTED, ids=name_of)
def test_a_protection_taken_out_is_missed(
    case: Case,
    plant: Plant,
    sqlite_database: Database,
    tmp_path: Path,
    clock: FixedClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    installation = install(sqlite_database, tmp_path, clock, at_risk=case.at_risk)
    plant(monkeypatch, installation)
    assert case.check(installation, tmp_path) != []
