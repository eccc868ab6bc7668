"""Changing an open appeal's text: a correction, a replacement, a translation, another consent text.

Documents, what waited, the events and the exact row are one transaction under the campaign's gate (EVENTLOG.md section
2): whoever confirms meanwhile did so for a text that they saw.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa
from eventsourcing.persistence import IntegrityError

from service.archive.documents import JSON, MARKDOWN, put
from service.campaigns.aggregate import Campaign, apply
from service.campaigns.archiving import (
    Kept,
    Opening,
    archive_appeal,
    archive_texts,
    archive_wordings,
    keep_text,
    text_document,
    translations_of,
)
from service.campaigns.commands import ChangeText, PublishTranslation, PublishWording
from service.campaigns.events import CampaignEvent, Rules, TextReplaced
from service.campaigns.exact import exact_row, followed
from service.campaigns.handlers import TRIES_MAX
from service.campaigns.texts import USABLE_FROM
from service.campaigns.wording import consent_document
from service.campaigns.writers import Written
from service.errors import Busy, Refused
from service.eventlog.log import PetitionLog
from service.eventlog.waiting import append_waiting
from service.store.gates import hold_gate
from service.store.tables import campaign as campaign_table
from service.store.tables import campaign_text

REVIEWED = ("reviewed", "counsel")  # states of a text that somebody has read


@dataclass(frozen=True)
class Change:
    """A campaign under its gate, in a running transaction."""

    log: PetitionLog
    connection: sa.Connection
    row: sa.RowMapping
    state: Campaign
    day: str

    @property
    def settings(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.row["settings"])
        return found

    @property
    def rules(self) -> Rules:
        return msgspec.json.decode(self.row["rules"], type=Rules)


def change_text(command: ChangeText, log: PetitionLog) -> list[CampaignEvent]:
    """Correct or replace the text, and publish the translations that were read; return the events.

    What waits is appended before a replacement, never before a correction: at risk a batch would be too small.

    :raises Refused: if the appeal is not open, this is its text already, or nobody has read the original.
    """
    return decide_together(log, command.ref, command.now, lambda change: _new_text(change, command))


def publish_translation(command: PublishTranslation, log: PetitionLog) -> list[CampaignEvent]:
    """Keep a translation of the current text; return the event if it is published, none while nobody has read it.

    :raises Refused: if it is of the original's language, of one without a consent text, or would hide one that is read.
    """
    return decide_together(log, command.ref, command.now, lambda change: _translation(change, command))


def publish_wording(command: PublishWording, log: PetitionLog) -> list[CampaignEvent]:
    """Use the consent text of this version; those who saw the earlier one agreed to that.

    :raises Refused: if the appeal is not open, or uses it already.
    """
    return decide_together(
        log, command.ref, command.now, lambda change: _wording(change, change.state, command.reviewed)
    )


Make = Callable[[Change], list[CampaignEvent]]


def decide_together(log: PetitionLog, ref: str, now: datetime, make: Make) -> list[CampaignEvent]:
    """Append the events that `make` decides under the campaign's gate, with the exact row, in one transaction."""
    for _ in range(TRIES_MAX):
        try:
            with log.transaction() as connection:
                row = exact_row(connection, ref)
                hold_gate(connection, row["number"])
                row = exact_row(connection, ref)  # as it is now that nobody else changes it
                day = log.day(connection, now)
                change = Change(log, connection, row, Campaign.load(row["id"], log.stream(row["id"])), day)
                return _append(change, make(change))
        except IntegrityError:
            continue  # somebody else appended to the stream first: what is decided may be different now
    raise Busy


def _append(change: Change, events: list[CampaignEvent]) -> list[CampaignEvent]:
    if any(isinstance(event, TextReplaced) for event in events):
        append_waiting(change.log, change.connection, change.row["id"])
    state = change.state
    for event in events:
        state = apply(state, event)
        change.log.append(event, state.version)
    _write(change, followed(state))
    return events


def _new_text(change: Change, command: ChangeText) -> list[CampaignEvent]:
    opening = _opening(change, command)
    appeal = archive_appeal(change.connection, opening)
    hashes = archive_texts(change.connection, opening, appeal)
    archive_wordings(change.connection, opening)
    data = opening.draft.appeal
    text, state = hashes[data["original"]], change.state
    event = state.correct(text, change.day) if command.change == "correct" else state.replace(text, change.day)
    _settle(change, {key: data[key] for key in ("title", "summary", "languages")} | {"appeal": appeal})
    after = apply(state, event)
    has_new_consent = _consent(change) != after.wordings[-1]
    wording = _wording(change, after, command.consent_reviewed) if has_new_consent else []
    return [event, *wording, *translations_of(opening, hashes)]


def _opening(change: Change, command: ChangeText) -> Opening:
    draft, settings = command.draft, change.settings
    is_demonstration = bool(settings["demonstration"])
    if command.languages:
        kept = command.languages | {draft.appeal["original"]}
        draft = replace(draft, texts={one: text for one, text in draft.texts.items() if one in kept})
    opening = Opening(
        draft, change.row["id"], change.rules, settings["disclosures"],
        settings["organizer"] if is_demonstration else draft.appeal["organizer"], is_demonstration, change.day,
    )  # fmt: skip
    if not is_demonstration and draft.texts[draft.appeal["original"]]["fields"]["state"] == "machine":
        raise Refused("Nobody has read the original text: it is signed as it stands, so read it first.")
    return opening


def _translation(change: Change, command: PublishTranslation) -> list[CampaignEvent]:
    language, settings = command.fields["language"], change.settings
    _refuse_language(change, language)
    read = command.fields["state"] in REVIEWED or settings["demonstration"]
    if command.reviewed and not read:
        raise Refused(f'Its state is {command.fields["state"]}: write state = "reviewed" once it was read.')
    _refuse_hiding(change, command)
    named = {"ref": command.ref, "appeal": settings["appeal"], "translates": change.state.text}
    content = text_document(command.fields, command.body, named)
    hashed = put(change.connection, content, MARKDOWN, public=command.reviewed > 0)
    kept = Kept("text", language, hashed, change.state.text)
    written = Written(command.writers, change.day)
    keep_text(change.connection, change.row["id"], kept, command.fields | {"reviewed": command.reviewed}, written)
    languages = [*settings["languages"], *({language} - set(settings["languages"]))]
    _settle(change, {"languages": languages, "title": settings["title"] | {language: command.fields["title"]}})
    return [change.state.translate(language, hashed, command.reviewed, change.day)] if command.reviewed else []


def _refuse_language(change: Change, language: str) -> None:
    if language == change.settings["original"]:
        raise Refused(f"{language} is the original's language: change the original by `correct` or `replace`.")
    if language not in json.loads(_consent_document(change))["consent"]:
        raise Refused(f"{language} has no consent text in this version: nobody can sign in it.")


def _refuse_hiding(change: Change, command: PublishTranslation) -> None:
    shown = sa.select(campaign_text.c.hash).where(
        campaign_text.c.campaign == change.row["id"],
        campaign_text.c.kind == "text",
        campaign_text.c.language == command.fields["language"],
        campaign_text.c.translates == change.state.text,
        campaign_text.c.reviewed >= USABLE_FROM,
    )
    if not command.reviewed and change.connection.execute(shown).first():
        raise Refused("A translation that was read is shown in this language: have this one read, too, first.")


def _wording(change: Change, state: Campaign, reviewed: int) -> list[CampaignEvent]:
    event = state.publish_wording(_consent(change), reviewed, change.day)
    return [event]


def _consent(change: Change) -> str:
    return put(change.connection, _consent_document(change), JSON, public=True)


def _consent_document(change: Change) -> bytes:
    return consent_document(change.rules)


def _settle(change: Change, changed: dict[str, Any]) -> None:
    _write(change, {"settings": json.dumps(change.settings | changed, ensure_ascii=False)})


def _write(change: Change, row: dict[str, Any]) -> None:
    connection = change.connection
    connection.execute(sa.update(campaign_table).where(campaign_table.c.id == change.row["id"]).values(row))
