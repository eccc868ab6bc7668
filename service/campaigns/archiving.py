"""What an opening or a change of text archives: appeal, consent text, texts, letters' wordings, by hash."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from service.archive.documents import JSON, MARKDOWN, put
from service.campaigns.commands import Draft
from service.campaigns.events import Rules, TranslationPublished
from service.campaigns.text_document import TextDocument, write_document
from service.campaigns.wording import consent_document
from service.campaigns.writers import Written, note_writers
from service.eventlog.canonical import canonical
from service.store.tables import campaign_text

APPEAL_KEYS = (  # what of an appeal its page and letters print: docs/log_format.md section 7.2
    "title", "summary", "persons", "rulings", "application_number", "hearing_date", "removal_date", "sources",
    "timeline", "legal_bases", "demands",
)  # fmt: skip


@dataclass(frozen=True)
class Opening:
    """An appeal with what this opening makes of it."""

    draft: Draft
    campaign: str
    rules: Rules
    disclosures: list[str]
    organizer: dict[str, Any]
    demonstration: bool
    day: str

    def reviewed(self, state: str) -> int:
        """Return how many persons other than the translator read it; a demonstration may treat all as read."""
        treated = self.demonstration and self.draft.appeal["demonstration"]["treat_texts_as_reviewed"]
        return 1 if state in ("reviewed", "counsel") or treated else 0


@dataclass(frozen=True)
class Kept:
    """A text or wording as archived."""

    kind: str  # text | letter:<kind>
    language: str
    hash: str
    translates: str  # hash of the original; "" for what is one


def archive_appeal(connection: sa.Connection, opening: Opening) -> str:
    """Archive what else the page and the letters print, and return its hash."""
    appeal = opening.draft.appeal
    found = {key: appeal[key] for key in APPEAL_KEYS if key in appeal}
    document = {"v": 1, "ref": appeal["ref"], "organizer": opening.organizer} | found
    return put(connection, canonical(document), JSON, public=True)


def archive_consent(connection: sa.Connection, opening: Opening) -> str:
    """Archive the consent text for the campaign's rules, and return its hash."""
    return put(connection, consent_document(opening.rules), JSON, public=True)


def archive_texts(connection: sa.Connection, opening: Opening, appeal: str) -> dict[str, str]:
    """Archive the original, then its translations under its hash; return the hashes by language.

    A translation that nobody reviewed is not shown to anybody.
    """
    original = opening.draft.appeal["original"]
    hashes: dict[str, str] = {}
    for language in sorted(opening.draft.texts, key=lambda one: one != original):
        text = opening.draft.texts[language]
        named = {"ref": opening.draft.appeal["ref"], "appeal": appeal}
        if language != original:
            named["translates"] = hashes[original]
        public = language == original or opening.reviewed(text["fields"]["state"]) > 0
        content = text_document(text["fields"], text["body"], named)
        hashes[language] = put(connection, content, MARKDOWN, public=public)
        kept = Kept("text", language, hashes[language], named.get("translates", ""))
        _keep(connection, opening, kept, text)
    return hashes


def archive_wordings(connection: sa.Connection, opening: Opening) -> None:
    """Archive the letters' wordings, originals first; they become public with the letters that use them."""
    original, hashes = opening.draft.appeal["original"], dict[str, str]()
    for key in sorted(opening.draft.wordings, key=lambda one: (not one.endswith(f".{original}"), one)):
        kind, language = key.split(".")
        text = opening.draft.wordings[key]
        named = {"ref": opening.draft.appeal["ref"]}
        if translates := hashes.get(kind, ""):
            named["translates"] = translates
        content = text_document(text["fields"], text["body"], named)
        hashed = put(connection, content, MARKDOWN, public=opening.demonstration)
        if language == original:
            hashes[kind] = hashed
        _keep(connection, opening, Kept(f"letter:{kind}", language, hashed, translates), text)


def _keep(connection: sa.Connection, opening: Opening, kept: Kept, text: dict[str, Any]) -> None:
    fields = text["fields"] | {"reviewed": opening.reviewed(text["fields"]["state"])}
    written = Written(frozenset(text.get("writers", [])), opening.day)
    keep_text(connection, opening.campaign, kept, fields, written)


def keep_text(
    connection: sa.Connection, campaign: str, kept: Kept, fields: dict[str, Any], written: Written | None = None
) -> None:
    """Note which text a campaign has in a language, in place of an earlier one, and who wrote it, if that is known."""
    place = {"campaign": campaign, "kind": kept.kind, "language": kept.language}
    before = connection.execute(sa.select(campaign_text.c.hash).filter_by(**place)).scalar() or ""
    note_writers(connection, kept.hash, before, written or Written())
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    state = {"state": fields["state"], "notice": fields.get("notice", ""), "reviewed": fields["reviewed"]}
    row = vars(kept) | state
    statement = insert(campaign_text).values(campaign=campaign, **row)
    key = [column.name for column in campaign_text.primary_key]
    connection.execute(statement.on_conflict_do_update(index_elements=key, set_=row))


def text_document(fields: dict[str, Any], body: str, named: dict[str, str]) -> bytes:
    """Return the bytes of a text as archived: without what changes by review, with what it is `named` to belong to."""
    kept = {key: value for key, value in fields.items() if key not in ("state", "notice", "translates")}
    return write_document(TextDocument(kept | named, body))


def translations_of(opening: Opening, hashes: dict[str, str]) -> list[TranslationPublished]:
    """Return the events of those translations of a new text that somebody but the translator has read."""
    original = opening.draft.appeal["original"]
    found = []
    for language, hashed in sorted(hashes.items()):
        reviewed = opening.reviewed(opening.draft.texts[language]["fields"]["state"])
        if language != original and reviewed:
            event = TranslationPublished(
                day=opening.day,
                campaign=opening.campaign,
                text=hashes[original],
                language=language,
                document=hashed,
                reviewed=reviewed,
            )
            found.append(event)
    return found
