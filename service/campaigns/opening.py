"""Opening an imported appeal: documents archived, key made, exact row and events written in one transaction."""

from __future__ import annotations

import json
import secrets
import string
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import msgspec
import sqlalchemy as sa

from service.campaigns.aggregate import Campaign
from service.campaigns.appeal_rules import rules_of
from service.campaigns.archiving import (
    Opening,
    archive_appeal,
    archive_consent,
    archive_texts,
    archive_wordings,
    translations_of,
)
from service.campaigns.commands import Draft, OpenCampaign
from service.campaigns.drafts import drop_draft, load_draft
from service.campaigns.events import CampaignOpened
from service.errors import Refused
from service.eventlog.log import PetitionLog
from service.store.tables import addressee as addressee_table
from service.store.tables import campaign as campaign_table
from service.vault.campaign_keys import create_campaign_key
from service.vault.keys import Keys

ID_LETTERS = string.ascii_letters + string.digits


def open_campaign(command: OpenCampaign, log: PetitionLog, keys: Keys) -> str:
    """Open an imported appeal for signatures and return the campaign's id.

    :raises NotFound: if nothing of this name was imported.
    :raises Refused: if it was opened before, consent, organizer or an addressee is missing, nobody has read the
        original, or the closing day is past.
    """
    with log.transaction() as connection:
        day = log.day(connection, command.now)  # its lock comes first: of two who open at once, one finds no draft
        opening = _prepared(load_draft(connection, command.ref), command, day)
        _refuse_second(connection, command.ref)
        addressees = _addressees(connection, opening.draft)
        appeal = archive_appeal(connection, opening)
        wording = archive_consent(connection, opening)
        texts = archive_texts(connection, opening, appeal)
        archive_wordings(connection, opening)
        opened = CampaignOpened(
            day=opening.day,
            campaign=opening.campaign,
            text=texts[opening.draft.appeal["original"]],
            wording=wording,
            language=opening.draft.appeal["original"],
            opens=opening.day,
            closes=_closes(opening.draft.appeal, opening.day),
            addressees=addressees,
            rules=opening.rules,
        )
        log.append(Campaign(opening.campaign).open(opened), 1)
        for version, translation in enumerate(translations_of(opening, texts), 2):
            log.append(translation, version)
        create_campaign_key(connection, keys, opening.campaign)
        connection.execute(sa.insert(campaign_table).values(_row(opening, opened, appeal)))
        drop_draft(connection, command.ref)
        return opening.campaign


def _prepared(draft: Draft, command: OpenCampaign, day: str) -> Opening:
    """Return the opening with the demonstration's settings, or refuse what must be there for a real one."""
    appeal = draft.appeal
    opening = Opening(
        draft, "c_" + "".join(secrets.choice(ID_LETTERS) for _ in range(10)), rules_of(appeal), appeal["disclosures"],
        appeal["organizer"], command.demonstration, day,
    )  # fmt: skip
    if not command.demonstration:
        _refuse_unready(appeal)
        return opening
    demonstration = appeal.get("demonstration")
    if demonstration is None:
        raise Refused("This appeal has no [demonstration]: it cannot be opened as one.")
    if not demonstration["treat_consents_as_recorded"]:
        _refuse_unconsented(appeal)
    named = {"name": demonstration["organizer_name"], "address": [], "signed_by": demonstration["organizer_name"]}
    opening = replace(opening, organizer=named)
    if command.at_risk:
        return opening
    return replace(opening, rules=rules_of(demonstration), disclosures=demonstration["disclosures"])


def _refuse_second(connection: sa.Connection, ref: str) -> None:
    if connection.execute(sa.select(campaign_table.c.id).where(campaign_table.c.ref == ref)).first():
        raise Refused(f"The appeal {ref} was opened before: its address is taken, choose another ref.")


def _refuse_unconsented(appeal: dict[str, Any]) -> None:
    if appeal.get("persons") and appeal["consent_of_persons"] != "recorded":
        raise Refused('The persons concerned have not consented: set consent_of_persons = "recorded" once they have.')


def _refuse_unready(appeal: dict[str, Any]) -> None:
    _refuse_unconsented(appeal)
    if any(text["language"] == appeal["original"] and text["state"] == "machine" for text in appeal["texts"]):
        raise Refused("Nobody has read the original text: it is signed as it stands, so read it and import again.")
    if not (appeal["organizer"]["name"] and appeal["organizer"]["address"]):
        raise Refused("The organizer's name and address are missing: fill in [organizer] and import again.")


def _addressees(connection: sa.Connection, draft: Draft) -> list[str]:
    slugs = list(dict.fromkeys(letter["addressee"] for letter in draft.appeal["letters"]))
    if not slugs:
        raise Refused("The appeal has no addressee: add a letter under [[letters]].")
    known = set(
        connection.execute(sa.select(addressee_table.c.id).where(addressee_table.c.status != "retired")).scalars()
    )
    copies = [slug for letter in draft.appeal["letters"] for slug in letter.get("copy_to", [])]
    if missing := [slug for slug in (*slugs, *copies) if slug not in known]:
        raise Refused(f"{missing[0]} is not in the register: `petition addressee import FILE` first.")
    return slugs


def _closes(appeal: dict[str, Any], day: str) -> str:
    if "closes" in appeal:
        return str(appeal["closes"])
    return (date.fromisoformat(day) + timedelta(days=appeal["closes_after_days"])).isoformat()


def _row(opening: Opening, opened: CampaignOpened, appeal: str) -> dict[str, Any]:
    data = opening.draft.appeal
    settings = {
        "languages": data["languages"], "original": data["original"], "disclosures": opening.disclosures,
        "warn_signers_in": data["warn_signers_in"], "title": data["title"], "summary": data["summary"],
        "appeal": appeal, "addressees": opened.addressees, "letters": data["letters"], "organizer": opening.organizer,
        "demonstration": opening.demonstration,
        **_sending(opening),
        "consent_of_persons": data["consent_of_persons"],
    }  # fmt: skip
    return {
        "id": opened.campaign, "ref": data["ref"], "state": "open", "text": opened.text, "wording": opened.wording,
        "opens": opened.opens, "closes": opened.closes, "risk": opened.rules.risk,
        "rules": msgspec.json.encode(opened.rules, order="sorted").decode(),
        "settings": json.dumps(settings, ensure_ascii=False),
    }  # fmt: skip


def _sending(opening: Opening) -> dict[str, Any]:
    """Return what raises letters and where they go: a demonstration's go to its own mailbox, whoever they are to."""
    data = opening.draft.appeal
    shown = data["demonstration"] if opening.demonstration else {}
    return {
        "milestones": shown.get("milestones") or data.get("milestones", []),
        "dates": {name: data[name] for name in ("hearing_date", "removal_date") if data.get(name)},
        "mail_override": shown.get("mail_override", ""),
    }
