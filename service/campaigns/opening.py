"""Opening an imported appeal: documents archived, key made, exact row and events written in one transaction."""

from __future__ import annotations

import json
import secrets
import string
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import msgspec
import sqlalchemy as sa

from service.archive.documents import put
from service.campaigns.aggregate import Campaign
from service.campaigns.appeal_rules import rules_of
from service.campaigns.commands import OpenCampaign
from service.campaigns.drafts import Draft, drop_draft, load_draft
from service.campaigns.events import CampaignOpened, Rules, TranslationPublished
from service.campaigns.text_document import TextDocument, write_document
from service.campaigns.wording import consent_document
from service.errors import Refused
from service.eventlog.canonical import canonical
from service.eventlog.log import PetitionLog
from service.store.tables import addressee as addressee_table
from service.store.tables import campaign as campaign_table
from service.store.tables import campaign_text
from service.vault.campaign_keys import create_campaign_key
from service.vault.keys import Keys

MARKDOWN = "text/markdown; charset=utf-8"
JSON = "application/json"
ID_LETTERS = string.ascii_letters + string.digits
APPEAL_KEYS = (  # what of an appeal its page and letters print: docs/log_format.md section 7.2
    "title", "summary", "persons", "rulings", "application_number", "hearing_date", "removal_date", "sources",
    "timeline", "legal_bases", "demands",
)  # fmt: skip


@dataclass(frozen=True)
class _Opening:
    """An appeal with what this opening makes of it."""

    draft: Draft
    campaign: str
    rules: Rules
    disclosures: list[str]
    organizer: dict[str, Any]
    demonstration: bool
    day: str


def open_campaign(command: OpenCampaign, log: PetitionLog, keys: Keys) -> str:
    """Open an imported appeal for signatures and return the campaign's id.

    :raises NotFound: if nothing of this name was imported.
    :raises Refused: if consent, organizer, an addressee or a reviewed original is missing, or the closing day is past.
    """
    with log.transaction() as connection:
        opening = _prepared(load_draft(connection, command.ref), command, log.day(connection, command.now))
        addressees = _addressees(connection, opening.draft)
        appeal = put(connection, canonical(_appeal_document(opening)), JSON, public=True)
        wording = put(connection, consent_document(opening.rules), JSON, public=True)
        texts = _archive_texts(connection, opening, appeal)
        _archive_wordings(connection, opening)
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
        _publish_translations(log, opening, opened.text, texts)
        create_campaign_key(connection, keys, opening.campaign)
        connection.execute(sa.insert(campaign_table).values(_row(opening, opened, appeal)))
        drop_draft(connection, command.ref)
        return opening.campaign


def _prepared(draft: Draft, command: OpenCampaign, day: str) -> _Opening:
    """Return the opening with the demonstration's settings, or refuse what must be there for a real one."""
    appeal = draft.appeal
    opening = _Opening(
        draft, "c_" + "".join(secrets.choice(ID_LETTERS) for _ in range(10)), rules_of(appeal), appeal["disclosures"],
        appeal["organizer"], command.demonstration, day,
    )  # fmt: skip
    if not command.demonstration:
        _refuse_unready(appeal)
        return opening
    demonstration = appeal.get("demonstration")
    if demonstration is None:
        raise Refused("This appeal has no [demonstration]: it cannot be opened as one.")
    named = {"name": demonstration["organizer_name"], "address": [], "signed_by": demonstration["organizer_name"]}
    opening = replace(opening, organizer=named)
    if command.at_risk:
        return opening
    return replace(opening, rules=rules_of(demonstration), disclosures=demonstration["disclosures"])


def _refuse_unready(appeal: dict[str, Any]) -> None:
    if appeal.get("persons") and appeal["consent_of_persons"] != "recorded":
        raise Refused('The persons concerned have not consented: set consent_of_persons = "recorded" once they have.')
    if not (appeal["organizer"]["name"] and appeal["organizer"]["address"]):
        raise Refused("The organizer's name and address are missing: fill in [organizer] and import again.")


def _addressees(connection: sa.Connection, draft: Draft) -> list[str]:
    slugs = list(dict.fromkeys(letter["addressee"] for letter in draft.appeal["letters"]))
    if not slugs:
        raise Refused("The appeal has no addressee: add a letter under [[letters]].")
    known = set(
        connection.execute(sa.select(addressee_table.c.id).where(addressee_table.c.status != "retired")).scalars()
    )
    if missing := [slug for slug in slugs if slug not in known]:
        raise Refused(f"{missing[0]} is not in the register: `petition addressee import FILE` first.")
    return slugs


def _appeal_document(opening: _Opening) -> dict[str, Any]:
    appeal = opening.draft.appeal
    found = {key: appeal[key] for key in APPEAL_KEYS if key in appeal}
    return {"v": 1, "ref": appeal["ref"], "organizer": opening.organizer} | found


def _closes(appeal: dict[str, Any], day: str) -> str:
    if "closes" in appeal:
        return str(appeal["closes"])
    return (date.fromisoformat(day) + timedelta(days=appeal["closes_after_days"])).isoformat()


def _archive_texts(connection: sa.Connection, opening: _Opening, appeal: str) -> dict[str, str]:
    """Archive the original, then its translations under its hash; return the hashes by language."""
    original = opening.draft.appeal["original"]
    hashes: dict[str, str] = {}
    for language in sorted(opening.draft.texts, key=lambda one: one != original):
        text = opening.draft.texts[language]
        fields = {k: v for k, v in text["fields"].items() if k not in ("state", "notice", "translates")}
        fields |= {"ref": opening.draft.appeal["ref"], "appeal": appeal}
        if language != original:
            fields["translates"] = hashes[original]
        hashes[language] = put(connection, write_document(TextDocument(fields, text["body"])), MARKDOWN, public=True)
        _keep(
            connection, opening, _Kept("text", language, hashes[language], fields.get("translates", "")), text["fields"]
        )
    return hashes


def _archive_wordings(connection: sa.Connection, opening: _Opening) -> None:
    """Archive the letters' wordings; they become public with the letters that use them."""
    for key, text in sorted(opening.draft.wordings.items()):
        kind, language = key.split(".")
        fields = {k: v for k, v in text["fields"].items() if k not in ("state", "notice")}
        fields["ref"] = opening.draft.appeal["ref"]
        hashed = put(
            connection, write_document(TextDocument(fields, text["body"])), MARKDOWN, public=opening.demonstration
        )
        _keep(connection, opening, _Kept(f"letter:{kind}", language, hashed, ""), text["fields"])


@dataclass(frozen=True)
class _Kept:
    """A text or wording as archived."""

    kind: str  # text | letter:<kind>
    language: str
    hash: str
    translates: str  # hash of the original; "" for it and for wordings


def _keep(connection: sa.Connection, opening: _Opening, kept: _Kept, fields: dict[str, Any]) -> None:
    reviewed = _reviewed(opening, fields["state"])
    row = vars(kept) | {"state": fields["state"], "notice": fields.get("notice", ""), "reviewed": reviewed}
    connection.execute(sa.insert(campaign_text).values(campaign=opening.campaign, **row))


def _reviewed(opening: _Opening, state: str) -> int:
    """Return how many persons other than the translator read it; a demonstration treats all as read."""
    return 1 if state in ("reviewed", "counsel") or opening.demonstration else 0


def _publish_translations(log: PetitionLog, opening: _Opening, original: str, texts: dict[str, str]) -> None:
    version = 2
    for language, hashed in sorted(texts.items()):
        reviewed = _reviewed(opening, opening.draft.texts[language]["fields"]["state"])
        if hashed == original or not reviewed:
            continue
        event = TranslationPublished(
            day=opening.day,
            campaign=opening.campaign,
            text=original,
            language=language,
            document=hashed,
            reviewed=reviewed,
        )
        log.append(event, version)
        version += 1


def _row(opening: _Opening, opened: CampaignOpened, appeal: str) -> dict[str, Any]:
    data = opening.draft.appeal
    settings = {
        "languages": data["languages"], "original": data["original"], "disclosures": opening.disclosures,
        "warn_signers_in": data["warn_signers_in"], "title": data["title"], "summary": data["summary"],
        "appeal": appeal, "addressees": opened.addressees, "letters": data["letters"], "organizer": opening.organizer,
        "demonstration": opening.demonstration, "counsel_review": data["counsel_review"],
    }  # fmt: skip
    return {
        "id": opened.campaign, "ref": data["ref"], "state": "open", "text": opened.text, "wording": opened.wording,
        "opens": opened.opens, "closes": opened.closes, "risk": opened.rules.risk,
        "rules": msgspec.json.encode(opened.rules, order="sorted").decode(),
        "settings": json.dumps(settings, ensure_ascii=False),
    }  # fmt: skip
