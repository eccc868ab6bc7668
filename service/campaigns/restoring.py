"""A campaign's exact row and what its page shows, made again from the log after a restored backup was behind it."""

from __future__ import annotations

import json

import sqlalchemy as sa

from service.archive import documents
from service.campaigns.aggregate import Campaign
from service.campaigns.archiving import Kept, keep_text
from service.campaigns.events import TranslationPublished
from service.campaigns.exact import followed
from service.campaigns.text_document import TextDocument, read_document
from service.errors import NotFound
from service.eventlog.log import PetitionLog
from service.store.tables import campaign as campaign_table
from service.store.tables import campaign_text
from service.vault.campaign_keys import destroy_campaign_key


def restore_campaign(connection: sa.Connection, log: PetitionLog, campaign_id: str) -> Campaign | None:
    """Write what the log says into a campaign's row and return it; call inside `log.transaction()`.

    Returns nothing for a campaign that was opened after the backup: its key and what its page shows were in none.
    """
    found = Campaign.load(campaign_id, log.stream(campaign_id))
    written = sa.update(campaign_table).where(campaign_table.c.id == campaign_id).values(followed(found))
    if not connection.execute(written).rowcount:
        return None
    if found.state == "sealed":
        destroy_campaign_key(connection, campaign_id)
    return found


def textless_campaigns(connection: sa.Connection) -> set[str]:
    """Return the campaigns whose current text their pages cannot show."""
    shown = sa.select(campaign_text.c.hash).where(campaign_text.c.hash == campaign_table.c.text)
    return set(connection.scalars(sa.select(campaign_table.c.id).where(~shown.exists())))


def restore_texts(connection: sa.Connection, log: PetitionLog, campaign_id: str) -> bool:
    """Show a campaign's current text and translations from the archive, and return whether they were all there.

    The archive holds what was public: review notes of a text, and letters' wordings that no letter used, are lost.
    """
    found = Campaign.load(campaign_id, log.stream(campaign_id))
    row = connection.execute(sa.select(campaign_table).where(campaign_table.c.id == found.id)).mappings().one()
    translations = _translations(log, found)
    texts = {one: _text(connection, one) for one in (found.text, *translations)}
    original = texts[found.text]
    appeal = _content(connection, original.fields["appeal"]) if original else None
    if original is None or appeal is None:
        return False
    shown = json.loads(appeal)
    settings = json.loads(row["settings"]) | {key: shown[key] for key in ("title", "summary") if key in shown}
    settings |= {"appeal": original.fields["appeal"], "languages": [original.fields["language"]]}
    for hash, text in texts.items():
        if text is not None:
            settings["title"] = settings["title"] | {text.fields["language"]: text.fields["title"]}
            settings["languages"] = [*settings["languages"], *({text.fields["language"]} - set(settings["languages"]))]
            _keep(connection, found, hash, text.fields["language"], translations.get(hash, 0))
    written = sa.update(campaign_table).where(campaign_table.c.id == found.id)
    connection.execute(written.values(settings=json.dumps(settings, ensure_ascii=False)))
    return all(texts.values())


def _translations(log: PetitionLog, found: Campaign) -> dict[str, int]:
    """Return who of the current text's translations was read by how many, the newest of each language, by hash."""
    events = [one.event for one in log.stream(found.id)]
    published = [one for one in events if isinstance(one, TranslationPublished) and one.text == found.text]
    newest = {one.language: one for one in published}
    return {one.document: one.reviewed for one in newest.values()}


def _keep(connection: sa.Connection, found: Campaign, hash: str, language: str, reviewed: int) -> None:
    there = campaign_text.c.campaign == found.id, campaign_text.c.kind == "text", campaign_text.c.hash == hash
    if connection.execute(sa.select(campaign_text.c.hash).where(*there)).first() is None:
        translates = "" if hash == found.text else found.text
        kept = Kept("text", language, hash, translates)
        keep_text(connection, found.id, kept, {"state": "reviewed" if reviewed else "draft", "reviewed": reviewed})


def _text(connection: sa.Connection, hash: str) -> TextDocument | None:
    content = _content(connection, hash)
    return None if content is None else read_document(content)


def _content(connection: sa.Connection, hash: str) -> bytes | None:
    try:
        return documents.get(connection, hash).content
    except NotFound:
        return None
