"""Composes letters: load what they rest on, make them, and save what was made with the event that states it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import cast

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from service.archive import documents
from service.campaigns.queries import CampaignView, campaign_by_id, campaign_by_ref
from service.clock import day_of
from service.errors import Refused
from service.eventlog.base import Recorded
from service.eventlog.canonical import document_hash
from service.eventlog.log import PetitionLog
from service.letters.aggregate import Letter
from service.letters.annex import Row
from service.letters.approval import load_letter
from service.letters.commands import ComposeLetter
from service.letters.composition import Carried, LetterInput, compose
from service.letters.counted import count_at_present
from service.letters.coverage import font_sums
from service.letters.drafts import new_letter_id
from service.letters.events import LetterComposed, LetterEvent
from service.letters.naming import Naming, name_signers
from service.letters.package import TEXT_TYPE, Package, make_package
from service.letters.rests_on import Campaign, words_of
from service.letters.slots import Slot, carried_letter, record_hash, slot_of, stamps_of, standing, wordings_of
from service.letters.sources import Sources
from service.letters.template import Template, current_template
from service.letters.typesetting import engine
from service.store.author_tables import letter_composer
from service.store.gates import hold_gate
from service.store.tables import log_head
from service.vault.annexes import Annex, drop_annex, keep_annex, was_fetched
from service.vault.keys import Keys

JSON_TYPE = "application/json"

PublishTally = Callable[[str, datetime], object]
"""Publishes what may be shown of a campaign's countries now, by its ref, and lets the read models follow."""


@dataclass(frozen=True)
class Basis:
    """All that a letter is made from, read in one moment."""

    campaign: CampaignView
    letter: LetterInput
    template: Template
    rows: list[Row]
    documents: dict[str, bytes]
    naming: Naming | None = None  # annex B, if it was asked for

    @property
    def words(self) -> str:
        """Return the hash of what counsel reads of it."""
        return words_of(self.letter.text, self.letter.wordings)

    def sources(self) -> Sources:
        """Return the letter with its documents."""
        return Sources(self.letter, self.documents.__getitem__, self.rows)


def compose_letter(
    command: ComposeLetter, log: PetitionLog, base_url: str, publish_tally: PublishTally, keys: Keys | None = None
) -> str:
    """Compose a letter at the present size of the log, archive what was made, and return the letter's id.

    A tally is published first if one may be, so that annex A is as new as the rules for small cells let it be. Names
    need the keys: they are made from the sealed records.

    :raises NotFound: if there is no such appeal or letter.
    :raises Refused: if something that the letter needs is missing, or changed while it was made.
    :raises TypesettingFailed: if it cannot be typeset within the limits.
    """
    publish_tally(command.campaign_ref, command.now)
    with log.database.read() as connection:
        letter = load_letter(log, command.again or new_letter_id())
        basis = _load(connection, command, letter, base_url)
        basis = _with_names(connection, keys, basis, letter) if command.names else basis
    sources = basis.sources()
    record, wordings = sources.record, {language: sources.wording(language) for language in basis.letter.languages}
    compose(basis.letter, record, wordings)
    package = make_package(sources)
    _save(command, log, keys, (basis, package))
    return basis.letter.letter


def _load(connection: sa.Connection, command: ComposeLetter, known: Letter, base_url: str) -> Basis:
    campaign = campaign_by_ref(connection, command.campaign_ref)
    slot = standing(connection, slot_of(campaign, command.letter))
    counted = count_at_present(connection, campaign, slot.annex)
    wordings = wordings_of(connection, campaign, slot)
    carried = carried_letter(connection, campaign, slot)
    words = words_of(campaign.text, {language: row["hash"] for language, row in wordings.items()})
    template = replace(
        current_template(f"{base_url.rstrip('/')}/verify/", f"{campaign.ref}/{slot.id}"),
        stamps=stamps_of(campaign, slot, wordings, counsel_read_it=known.counsel.get("review") == words),
        copies=[record_hash(connection, name) for name in slot.copy_to],
        carried=_carried_words(campaign, slot, carried),
    )
    letter = LetterInput(
        letter=known.id,
        campaign=campaign.id,
        addressee=slot.addressee,
        record=record_hash(connection, slot.addressee),
        kind=slot.kind,  # type: ignore[arg-type]
        day=_day(connection, command),
        at_size=counted.at_size,
        root=counted.root,
        text=campaign.text,
        wordings={language: row["hash"] for language, row in wordings.items()},
        languages=slot.languages,
        template=document_hash(template.document()),
        active=counted.active,
        named=0,
        annex=slot.annex,  # type: ignore[arg-type]
        tally=msgspec.UNSET if counted.tally is None else counted.tally,
        carries=Carried(letter=carried["id"], pdf=carried["pdf"]) if carried else msgspec.UNSET,
    )
    return Basis(campaign, letter, template, counted.rows, _documents(connection, campaign, letter, template))


def _with_names(connection: sa.Connection, keys: Keys | None, basis: Basis, known: Letter) -> Basis:
    if keys is None:
        raise Refused("names are made from the sealed records: give the keys")
    letter = basis.letter
    naming = name_signers(connection, keys, basis.campaign, known, (letter.at_size, basis.words))
    return replace(basis, naming=naming, letter=msgspec.structs.replace(letter, named=len(naming.signers)))


def _documents(
    connection: sa.Connection, campaign: CampaignView, letter: LetterInput, template: Template
) -> dict[str, bytes]:
    wanted = {letter.record, letter.text, campaign.settings["appeal"], *letter.wordings.values(), *template.copies}
    if template.carried:
        wanted.add(template.carried["record"])
    found = {one: documents.get(connection, one).bytes() for one in wanted}
    return {**found, letter.template: template.document()}


def _carried_words(campaign: CampaignView, slot: Slot, carried: sa.RowMapping | None) -> dict[str, str]:
    if carried is None:
        return {}
    return {"ref": f"{campaign.ref}/{slot.carries}", "day": carried["day"], "record": carried["record"]}


def _day(connection: sa.Connection, command: ComposeLetter) -> str:
    newest = connection.execute(sa.select(log_head.c.newest_day)).scalar() or ""
    return max(day_of(command.now), newest)


def _save(command: ComposeLetter, log: PetitionLog, keys: Keys | None, made: tuple[Basis, Package]) -> None:
    basis, package = made
    public = bool(basis.campaign.settings.get("demonstration"))
    with log.transaction() as connection:
        hold_gate(connection, basis.campaign.number)
        campaign = campaign_by_id(connection, basis.campaign.id)
        event = _event(basis, package)
        recorded = log.stream(event.stream)
        letter = Letter.load(event.letter, (cast(LetterEvent, one.event) for one in recorded))
        if command.again and letter.state == "none":
            raise Refused(f"there is no letter {command.again} to compose again")
        event = letter.compose(event, Campaign(campaign.state, campaign.text, campaign.is_at_risk), basis.words)
        _archive(connection, basis, package, public=public)
        if log.day(connection, command.now) != event.day or record_hash(connection, event.addressee) != event.record:
            raise Refused("the day or the addressee's record changed while the letter was composed: compose it again")
        log.save(Recorded(event.stream, letter.version + 1, event))
        _note_composer(connection, event, command.actor)
        _keep_names(connection, keys, event, basis.naming)


def _keep_names(connection: sa.Connection, keys: Keys | None, event: LetterComposed, naming: Naming | None) -> None:
    if was_fetched(connection, event.letter):
        raise Refused(f"the names of {event.letter} were fetched, so it arrived: begin a new letter")
    drop_annex(connection, event.letter)  # of an earlier composition, with the link to it
    if naming is not None and keys is not None:
        annex = Annex(event.letter, event.campaign, version=1, settled=0, r=naming.r)
        keep_annex(connection, keys, annex, (one.member for one in naming.signers))


def _note_composer(connection: sa.Connection, event: LetterComposed, actor: str) -> None:
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    row = insert(letter_composer).values(letter=event.letter, account=actor, day=event.day)
    newest = row.on_conflict_do_update(index_elements=["letter", "account"], set_={"day": event.day})
    connection.execute(newest)


def _event(basis: Basis, package: Package) -> LetterComposed:
    letter = basis.letter
    shared = (
        "letter",
        "campaign",
        "addressee",
        "record",
        "kind",
        "day",
        "at_size",
        "text",
        "active",
        "template",
        "named",
    )
    return LetterComposed(
        **{name: getattr(letter, name) for name in shared},
        language=letter.languages[0],
        input=document_hash(letter.document()),
        fonts=document_hash(font_sums()),
        engine=engine(),
        pdf=document_hash(package.pdf),
        pdf_bytes=len(package.pdf),
        plain=document_hash(package.plain),
        annex=document_hash(package.annex),
        names=basis.naming.commitment if basis.naming else msgspec.UNSET,
    )


def _archive(connection: sa.Connection, basis: Basis, package: Package, *, public: bool) -> None:
    for content, media_type in package.documents():
        documents.put(connection, content, media_type, public=public)
    documents.put(connection, basis.letter.document(), JSON_TYPE, public=public)
    documents.put(connection, basis.template.document(), JSON_TYPE, public=public)
    documents.put(connection, font_sums(), TEXT_TYPE, public=True)
    if public:
        documents.make_public(connection, basis.letter.wordings.values())
