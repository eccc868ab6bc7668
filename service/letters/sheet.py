"""The sheet that is signed on paper: made by the worker, so that no request waits for typesetting (DESIGN invariant 9).

It names people, so there is none for an appeal at risk or one that forgets who signed: PRIVACY.md.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from babel.dates import format_date

from service.archive import documents
from service.campaigns.queries import CampaignView, TextView, campaigns, consent_text, standing_text
from service.errors import Busy, CampaignNotOpen, PetitionError
from service.eventlog.canonical import canonical, document_hash
from service.letters.coverage import font_sums
from service.letters.printing import Printed
from service.letters.qr import qr_svg
from service.letters.sheet_text import text_blocks
from service.letters.template import typst_source
from service.letters.typesetting import TypesettingFailed, engine, typeset
from service.store.database import Database
from service.store.tables import campaign_text, document

KIND = "sheet"  # of its row beside the campaign's texts: `translates` names what it was made from
PDF_TYPE = "application/pdf"
ROWS = 14  # with the consent text and what is torn off they fill one side
_WORDS = Path(__file__).with_name("sheet.toml")


class NoSheet(PetitionError):
    """This appeal is not signed on paper: its supporters may be at risk, and paper shows names to whoever finds it."""

    code, status = "no-sheet", 404


@dataclass(frozen=True)
class Site:
    """Where the sheet leads to: the address of the pages, and their languages."""

    base_url: str
    languages: tuple[str, ...]


def sheet(connection: sa.Connection, campaign: CampaignView, language: str) -> bytes:
    """Return the sheet in a language, or in the original's where no reviewed translation stands.

    :raises NoSheet: if there is none, because paper would name people who may be at risk.
    :raises CampaignNotOpen: if nothing is signed any more.
    :raises DocumentGone: if the text was taken down.
    :raises Busy: if the worker has not made it yet.
    """
    refuse_sheet(campaign)
    text = standing_text(connection, campaign, language)
    row = _rows(connection, campaign.id).get(text.language)
    found = documents.get(connection, row["hash"]) if row is not None else None
    if found is None or row is None or row["notice"] != text.document_hash:
        raise Busy("The sheet is being made: please try again in a minute.")
    return found.bytes()


def refuse_sheet(campaign: CampaignView) -> None:
    """:raises NoSheet: if the appeal has none. :raises CampaignNotOpen: if it takes no signatures."""
    if campaign.is_at_risk or campaign.forgets:
        raise NoSheet
    if campaign.state != "open":
        raise CampaignNotOpen


def make_sheets(database: Database, site: Site) -> int:
    """Make the sheets that are missing or of another text, drop those of no use, and return how many changed.

    Typesetting runs in a child process, outside any transaction.

    :raises TypesettingFailed: after all others were made, if one could not be.
    """
    with database.read() as connection:
        wanted = {key: one for view in campaigns(connection) for key, one in _wanted(connection, view, site)}
        kept = {(row["campaign"], row["language"]): row for row in _all_rows(connection)}
    changed, failed = 0, None
    for key, printed in wanted.items():
        source = _source(printed)
        if key in kept and kept[key]["translates"] == source:
            continue
        try:
            pdf = typeset(printed, typst_source("sheet.typ"))
        except TypesettingFailed as error:  # the other appeals get theirs
            failed = error
            continue
        _keep(database, key, pdf, (source, printed["document"]))
        changed += 1
    for key in kept.keys() - wanted.keys():
        _keep(database, key, None, ("", ""))
        changed += 1
    if failed is not None:
        raise failed
    return changed


def print_sheet(connection: sa.Connection, campaign: CampaignView, language: str, site: Site) -> Printed:
    """Return what stands on a sheet. :raises DocumentGone: if the text was taken down."""
    text = standing_text(connection, campaign, language)
    return sheet_data(campaign, text, consent_text(connection, campaign.wording, text.language), site)


def sheet_data(campaign: CampaignView, text: TextView, consent: str, site: Site) -> Printed:
    """Return what stands on the sheet of this text; a pure function."""
    labels = labels_in(text.language)
    page = text.language if text.language in site.languages else site.languages[0]
    address = f"{site.base_url.rstrip('/')}/{page}/c/{campaign.ref}/sign"
    year, month, day = (int(part) for part in campaign.opens.split("-"))
    return {
        "lang": labels["language"],
        "dir": text.direction,
        "labels": labels,
        "stamp": labels["demonstration"] if campaign.settings.get("demonstration") else "",
        "note": _note(text, labels),
        "title": text.title,
        "organizer": campaign.settings["organizer"]["name"],
        "reference": campaign.ref,
        "document": text.document_hash,
        "text_hash": text.hash,
        "until": format_date(date.fromisoformat(campaign.closes), "long", locale=labels["locale"]),
        "blocks": text_blocks(text.markdown),
        "consent": consent,
        "ticks": [labels[one] for one in ("addressee", "public") if one in campaign.settings["disclosures"]],
        "rows": ROWS,
        "address": address,
        "qr_svg": qr_svg(address),
        "qr_alt": f"QR: {address}",
        "made": {"year": year, "month": month, "day": day},
    }


def labels_in(language: str) -> dict[str, Any]:
    """Return the sheet's own words in a language, in English where it has none; `language` says in which."""
    words = _words()
    found = language if language in words else "en"
    return {**words[found], "language": found}


def _note(text: TextView, labels: dict[str, Any]) -> str:
    unreviewed = labels["unreviewed"] if labels["state"] == "machine" else ""
    return " ".join(part for part in (text.notice, unreviewed) if part)


def _wanted(connection: sa.Connection, campaign: CampaignView, site: Site) -> Iterator[tuple[tuple[str, str], Printed]]:
    try:
        refuse_sheet(campaign)
        texts = {standing_text(connection, campaign, one).language for one in campaign.settings["languages"]}
        for language in sorted(texts):
            yield (campaign.id, language), print_sheet(connection, campaign, language, site)
    except (NoSheet, CampaignNotOpen, documents.DocumentGone):
        return


def _source(printed: Printed) -> str:
    """Return the hash of all that a sheet is made from."""
    made_from = [printed, typst_source("sheet.typ"), document_hash(font_sums()), engine()]
    return document_hash(canonical(made_from))


def _keep(database: Database, key: tuple[str, str], pdf: bytes | None, made_from: tuple[str, str]) -> None:
    """Put a sheet in the place of the one before, which nothing names any more."""
    campaign, language = key
    of_sheet = _is_sheet(campaign) & (campaign_text.c.language == language)
    with database.write() as connection:
        old = connection.execute(sa.select(campaign_text.c.hash).where(of_sheet)).scalar()
        connection.execute(sa.delete(campaign_text).where(of_sheet))
        if pdf is not None:
            hashed = documents.put(connection, pdf, PDF_TYPE, public=False)
            row = {"campaign": campaign, "kind": KIND, "language": language, "hash": hashed, "state": ""}
            source, shown = made_from
            connection.execute(sa.insert(campaign_text).values(**row, translates=source, notice=shown))
        elsewhere = sa.select(campaign_text.c.hash).where(campaign_text.c.hash == old)
        gone = (document.c.hash == old) & document.c.public.is_(False) & ~document.c.hash.in_(elsewhere)
        connection.execute(sa.delete(document).where(gone))


def _rows(connection: sa.Connection, campaign: str) -> dict[str, sa.RowMapping]:
    chosen = sa.select(campaign_text).where(_is_sheet(campaign))
    return {row["language"]: row for row in connection.execute(chosen).mappings().all()}


def _all_rows(connection: sa.Connection) -> list[sa.RowMapping]:
    return list(connection.execute(sa.select(campaign_text).where(campaign_text.c.kind == KIND)).mappings().all())


def _is_sheet(campaign: str) -> sa.ColumnElement[bool]:
    return (campaign_text.c.campaign == campaign) & (campaign_text.c.kind == KIND)


@cache
def _words() -> dict[str, Any]:
    return tomllib.loads(_WORDS.read_text(encoding="utf-8"))
