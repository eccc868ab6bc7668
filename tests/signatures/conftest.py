"""An open campaign and people who sign it, on the real stores, without the web in between."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import sqlalchemy as sa

from service.campaigns import projection as campaigns_projection
from service.campaigns.events import CampaignEvent, CampaignOpened, Rules
from service.campaigns.queries import CampaignView, campaign_by_ref
from service.campaigns.text_changes import Change, decide_together
from service.clock import FixedClock
from service.eventlog.events import LogOpened
from service.eventlog.log import PetitionLog
from service.letters.events import AddresseeRegistered
from service.outbox.queue import Message
from service.publishing import leaves
from service.readmodel.runner import Runner
from service.readmodel.tables import live
from service.signatures import projection as signatures_projection
from service.signatures.commands import ConfirmSignature, SignCampaign, WithdrawSignature
from service.signatures.confirmation import KINDS
from service.signatures.handlers import (
    MailRequest,
    SigningDesk,
    confirm_signature,
    sign_campaign,
    withdraw_signature,
)
from service.signatures.pressed import pressed_by_link
from service.signatures.recorder import record_waiting
from service.signatures.rows import mine_token_of
from service.store.database import Database
from service.store.group_commit import Commits, DirectWriter
from service.store.tables import campaign
from service.vault.campaign_keys import create_campaign_key
from service.vault.keys import Keys

CAMPAIGN = "c_Test000001"
TEXT, WORDING, RECORD = "a" * 64, "b" * 64, "c" * 64
PROJECTIONS = (leaves.apply, signatures_projection.apply, campaigns_projection.apply)
ORDINARY = Rules(risk="ordinary", unique="hmac/1", batch_min=1, batch_max_s=0, retention="close+30d", tally_min=5)
AT_RISK = Rules(risk="at-risk", unique="hmac/1", batch_min=8, batch_max_s=86400, retention="forget", tally_min=0)


@dataclass
class Signing:
    """Everything about one campaign that a test needs, with verbs."""

    database: Database
    clock: FixedClock
    keys: Keys
    log: PetitionLog
    desk: SigningDesk
    mails: list[MailRequest] = field(default_factory=list)
    people: Iterator[int] = field(default_factory=itertools.count)

    @property
    def campaign(self) -> CampaignView:
        """Return the campaign as it is now."""
        with self.database.read() as connection:
            return campaign_by_ref(connection, "test")

    def signs(self, email: str = "", **changed: str) -> str:
        """Send the form and return the token of the mailed link."""
        number = next(self.people)
        email = email or f"person{number}@example.org"
        values = {"full_name": f"Made-up Person {number}", "country": "CZ", "disclosure": "counted", "text": TEXT}
        command = SignCampaign(
            ref="test", email=email, norm=email.lower(), language="en", now=self.clock.now(), **(values | changed)
        )
        sign_campaign(command, self.campaign, self.desk)
        return self.mails[-1].link_token

    def confirms(self, link: str, *, keep_opening: bool = False) -> tuple[str, str]:
        """Press the button and return the outcome and the token of the supporter's own page."""
        with self.database.read() as connection:
            row_id = pressed_by_link(connection, link, self.clock.now()).row["id"]
        page = mine_token_of(self.keys, link)
        return confirm_signature(ConfirmSignature(row_id, page, keep_opening, self.clock.now()), self.desk), page

    def joins(self, email: str = "") -> str:
        """Sign and confirm, and return the token of the supporter's own page."""
        return self.confirms(self.signs(email))[1]

    def becomes(self, text: str, how: str) -> None:
        """Correct or replace the text."""

        def make(change: Change) -> list[CampaignEvent]:
            decide = change.state.correct if how == "correct" else change.state.replace
            return [decide(text, change.day)]

        decide_together(self.log, "test", self.clock.now(), make)

    def leaves(self, page: str, *, withdraw: bool = True, erase: bool = False) -> None:
        """Withdraw, erase or both."""
        withdraw_signature(WithdrawSignature(page, withdraw, erase, self.clock.now()), self.desk)

    def records(self) -> int:
        """Let the recorder make one pass and the projections follow."""
        appended = record_waiting(self.log, self.clock.now())
        self.follows()
        return appended

    def follows(self) -> None:
        """Let the read models follow the log."""
        Runner(self.log, PROJECTIONS).catch_up()

    def counts(self) -> dict[str, int]:
        """Return the campaign's counts as the read model has them."""
        with self.database.read() as connection:
            row = connection.execute(sa.select(live.counts).where(live.counts.c.campaign == CAMPAIGN)).mappings().one()
        return {name: row[name] for name in ("active", "outdated", "withdrawn", "invalidated")}

    def topics(self) -> list[str]:
        """Return the types of the signature events in the log, in order."""
        return [e.topic for e in self.log.entries(0, 10_000) if e.topic.startswith("signature.")]


def open_campaign(database: Database, log: PetitionLog, keys: Keys, clock: FixedClock, rules: Rules) -> None:
    """Open a log and a campaign whose exact row and events agree."""
    day = clock.now().date().isoformat()
    settings = {
        "languages": ["en"], "original": "en", "disclosures": ["counted", "addressee", "public"], "warn_signers_in": [],
        "title": {"en": "Test"}, "summary": {"en": "Test"}, "appeal": "d" * 64, "letters": [], "organizer": {},
        "demonstration": False,
    }  # fmt: skip
    opened = CampaignOpened(
        day=day, campaign=CAMPAIGN, text=TEXT, wording=WORDING, language="en", opens=day, closes="2026-12-31",
        addressees=["test-office"], rules=rules,
    )  # fmt: skip
    with log.transaction() as connection:
        log.day(connection, clock.now())
        log.append(LogOpened(day=day, origin=keys.origin, log_key=keys.log_vkey, promise_key=keys.promise_vkey), 1)
        log.append(AddresseeRegistered(day=day, addressee="test-office", document=RECORD), 1)
        log.append(opened, 1)
        create_campaign_key(connection, keys, CAMPAIGN)
        connection.execute(
            sa.insert(campaign).values(
                id=CAMPAIGN, ref="test", state="open", text=TEXT, wording=WORDING, opens=day, closes="2026-12-31",
                risk=rules.risk, rules=json.dumps(_asdict(rules)), settings=json.dumps(settings),
            )
        )  # fmt: skip


def _asdict(rules: Rules) -> dict[str, str | int]:
    return {name: getattr(rules, name) for name in rules.__struct_fields__}


def make_signing(database: Database, clock: FixedClock, keys: Keys, rules: Rules) -> Signing:
    """Return a campaign with these rules on a database, and what is needed to sign it."""
    log = PetitionLog(database)
    open_campaign(database, log, keys, clock, rules)
    mails: list[MailRequest] = []

    def mail(request: MailRequest) -> Message:
        mails.append(request)
        return Message(
            to=request.to, subject="Please confirm", body=request.link_token, sender_name="", sender="a@example.org",
            language="en", message_id=f"<{len(mails)}@example.org>",
        )  # fmt: skip

    desk = SigningDesk(database, keys, DirectWriter(Commits(database, KINDS)), mail)
    return Signing(database, clock, keys, log, desk, mails)


@pytest.fixture
def keys(tmp_path: Path) -> Keys:
    """Return new keys."""
    return Keys.create(tmp_path / "keys", "petition.example/log")


@pytest.fixture
def signing(database: Database, clock: FixedClock, keys: Keys) -> Signing:
    """Return an ordinary campaign, on each kind of database."""
    return make_signing(database, clock, keys, ORDINARY)


@pytest.fixture
def at_risk(database: Database, clock: FixedClock, keys: Keys) -> Signing:
    """Return a campaign at risk that forgets who signed, on each kind of database."""
    return make_signing(database, clock, keys, AT_RISK)
