"""Made-up supporters by the thousand, through the product's own handlers, rows and set-based statements."""

from __future__ import annotations

import random
import secrets
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from service.app import Services, signing_desk
from service.campaigns.queries import CampaignView, campaign_by_ref
from service.clock import day_of
from service.eventlog.catalogue import encode
from service.operations.demo_home import REF
from service.outbox.queue import Message
from service.signatures.aggregate import Consented, Signature, apply
from service.signatures.commands import SignCampaign
from service.signatures.confirmation import DONE, KINDS, Assumed, ChangeRow
from service.signatures.fingerprint import token
from service.signatures.handlers import MailRequest, SigningDesk, sign_campaign
from service.signatures.rows import sealed_record, token_hash
from service.store.group_commit import BATCH_MAX, Commits, Writer
from service.vault.campaign_keys import campaign_key
from service.vault.commitments import Opening

SEED = 2019
FIRST = ("Ada", "Aynur", "Bruno", "Chiara", "Deniz", "Élodie", "Gülnar", "Ilse", "Kofi", "Mehmet", "Nadia", "Tomasz")
LAST = ("Abdulla", "Çelik", "Dubois", "Example", "García", "Hansen", "Kaya", "Müller", "Nowak", "Okafor", "Rossi")
COUNTRIES = ("AU", "BE", "CA", "DE", "FR", "GB", "NL", "TR", "US")
DISCLOSURES = ("counted", "counted", "counted", "addressee", "public")


class BatchWriter(Writer):
    """Keeps units until a batch is full, and answers before they are durable: `flush` makes them so."""

    def __init__(self, commits: Commits) -> None:
        self._commits = commits
        self._units: list[tuple[str, Any]] = []

    def _carry(self, kind: str, row: Any) -> Any:
        self._units.append((kind, row))
        if len(self._units) >= BATCH_MAX:
            self.flush()
        return DONE

    def flush(self) -> None:
        """Commit what waits. :raises RuntimeError: if a unit was refused: what was assumed does not hold."""
        units, self._units = self._units, []
        if units and any(result is not DONE for result in self._commits.commit(units)):
            raise RuntimeError("a made-up signature was refused: is the database in use by somebody else?")


class People:
    """People who sign the example appeal, numbered from `first`; the same numbers are the same people."""

    def __init__(self, services: Services, *, first: int = 0) -> None:
        self._services = services
        self._chosen = random.Random(f"{SEED}-{first}")
        self._number = first
        self._writer = BatchWriter(Commits(services.database, KINDS))
        with services.database.read() as connection:
            self._campaign: CampaignView = campaign_by_ref(connection, REF)
            self._key = campaign_key(connection, services.keys, self._campaign.id)

    def sign(self, count: int) -> list[str]:
        """Send the forms of so many people and return the tokens of the links that would be mailed."""
        links: list[str] = []
        real = signing_desk(self._services).mail

        def mail(request: MailRequest) -> Message:
            links.append(request.link_token)
            return real(request)

        desk = SigningDesk(self._services.database, self._services.keys, self._writer, mail)
        now = self._services.clock.now()
        for person in self._people(count):
            sign_campaign(self._form(person, now), self._campaign, desk)
        self._writer.flush()
        return links

    def confirmed(self, count: int, told: Callable[[int], None] = lambda _: None) -> None:
        """Store so many confirmed signatures, which then wait for the recorder; `told` hears of each batch."""
        day = day_of(self._services.clock.now())
        for number, person in enumerate(self._people(count), 1):
            self._writer.run("change", self._change(person, day))
            if number % BATCH_MAX == 0:
                told(BATCH_MAX)
        self._writer.flush()
        told(count % BATCH_MAX)

    def _people(self, count: int) -> Iterator[dict[str, str]]:
        for _ in range(count):
            self._number += 1
            yield {
                "name": f"{self._chosen.choice(FIRST)} {self._chosen.choice(LAST)}",
                "email": f"person-{self._number}@example.org",
                "country": self._chosen.choice(COUNTRIES),
                "disclosure": self._chosen.choice(DISCLOSURES),
                "language": self._chosen.choice(self._services.settings.languages),
            }

    def _form(self, person: dict[str, str], now: datetime) -> SignCampaign:
        return SignCampaign(
            ref=REF, full_name=person["name"], email=person["email"], norm=person["email"],
            country=person["country"], disclosure=person["disclosure"], text=self._campaign.text,
            language=person["language"], now=now,
        )  # fmt: skip

    def _change(self, person: dict[str, str], day: str) -> ChangeRow:
        campaign, opening = self._campaign, Opening.new()
        before = Signature(token(self._key, campaign.id, person["email"]), campaign.id)
        consented = Consented(
            campaign=campaign.id, signature=before.id,
            commitment=opening.commitment(person["email"], person["name"], person["country"]),
            text=campaign.text, wording=campaign.wording, day=day,
        )  # fmt: skip
        event = before.confirm(consented, stands=False)
        assert event is not None
        after, content = apply(before, event), person | {"norm": person["email"]} | opening.as_record()
        kept = content | {"text": campaign.text, "wording": campaign.wording}
        waits = {"signature": after.id, "version": after.version, "campaign": campaign.id}
        return ChangeRow(
            assumed=Assumed(campaign.id, campaign.number, campaign.text, day, 0),
            signature=vars(after),
            waiting=waits | {"topic": event.topic, "leaf": encode(event)},
            mine={
                "token_hash": token_hash(secrets.token_hex(32)),
                "signature": after.id,
                "campaign": campaign.id,
                "kept_opening": None,
                "kept_until": None,
            },
            pending={},
            record=sealed_record(self._services.keys, before, consented.commitment, kept),
            signature_id=after.id,
        )
