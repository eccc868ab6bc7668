"""What an opening archives: the appeal, the consent text, the texts and the letters' wordings, each under its hash."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from service.archive.documents import put
from service.campaigns.drafts import Draft
from service.campaigns.events import Rules
from service.campaigns.text_document import TextDocument, write_document
from service.campaigns.wording import consent_document
from service.eventlog.canonical import canonical
from service.store.tables import campaign_text

MARKDOWN = "text/markdown; charset=utf-8"
JSON = "application/json"
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
        fields = {k: v for k, v in text["fields"].items() if k not in ("state", "notice", "translates")}
        fields |= {"ref": opening.draft.appeal["ref"], "appeal": appeal}
        if language != original:
            fields["translates"] = hashes[original]
        public = language == original or opening.reviewed(text["fields"]["state"]) > 0
        hashes[language] = put(connection, write_document(TextDocument(fields, text["body"])), MARKDOWN, public=public)
        _keep(
            connection, opening, _Kept("text", language, hashes[language], fields.get("translates", "")), text["fields"]
        )
    return hashes


def archive_wordings(connection: sa.Connection, opening: Opening) -> None:
    """Archive the letters' wordings, originals first; they become public with the letters that use them."""
    original, hashes = opening.draft.appeal["original"], dict[str, str]()
    for key in sorted(opening.draft.wordings, key=lambda one: (not one.endswith(f".{original}"), one)):
        kind, language = key.split(".")
        text = opening.draft.wordings[key]
        fields = {k: v for k, v in text["fields"].items() if k not in ("state", "notice", "translates")}
        fields["ref"] = opening.draft.appeal["ref"]
        if translates := hashes.get(kind, ""):
            fields["translates"] = translates
        content = write_document(TextDocument(fields, text["body"]))
        hashed = put(connection, content, MARKDOWN, public=opening.demonstration)
        if language == original:
            hashes[kind] = hashed
        _keep(connection, opening, _Kept(f"letter:{kind}", language, hashed, translates), text["fields"])


@dataclass(frozen=True)
class _Kept:
    """A text or wording as archived."""

    kind: str  # text | letter:<kind>
    language: str
    hash: str
    translates: str  # hash of the original; "" for what is one


def _keep(connection: sa.Connection, opening: Opening, kept: _Kept, fields: dict[str, Any]) -> None:
    reviewed = opening.reviewed(fields["state"])
    row = vars(kept) | {"state": fields["state"], "notice": fields.get("notice", ""), "reviewed": reviewed}
    connection.execute(sa.insert(campaign_text).values(campaign=opening.campaign, **row))
