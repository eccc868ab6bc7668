"""What an appeal says of one of its letters: kind, addressee, languages, and what each version is made from."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa

from service.campaigns.queries import CampaignView
from service.errors import NotFound, Refused
from service.letters.composition import COURT_KIND
from service.letters.register import successor
from service.letters.template import STATES, label_states, stamp_for
from service.readmodel.tables import live
from service.store.tables import addressee, campaign_text


@dataclass(frozen=True)
class Slot:
    """A letter as ``[[letters]]`` of the appeal has it."""

    id: str
    kind: str
    addressee: str
    languages: list[str]
    annex: str
    copy_to: list[str]
    carries: str  # the id of the letter that goes along, or ""


def slot_of(campaign: CampaignView, letter: str) -> Slot:
    """Return one of the appeal's letters.

    :raises NotFound: naming those there are.
    :raises Refused: if something that it needs is not known, or its annex would single people out.
    """
    letters: list[dict[str, Any]] = campaign.settings["letters"]
    found = next((one for one in letters if one["id"] == letter), None)
    if found is None:
        raise NotFound(f"{campaign.ref} has no letter {letter}: there are {', '.join(one['id'] for one in letters)}")
    if found.get("needs"):
        raise Refused(f"{letter} cannot be composed before {', '.join(found['needs'])} are known")
    if found["annex"] == "register" and campaign.is_at_risk:
        raise Refused("an appeal at risk has the annex `tally`: a register would show who signed when")
    if found["kind"] == "un_communication" and not _is_consented(campaign):
        raise Refused(
            f"{letter} supports what the persons concerned or their counsel wrote: it needs their recorded consent "
            '(consent_of_persons = "recorded" when the appeal was opened)'
        )
    parts = (found["id"], found["kind"], found["addressee"], list(found["languages"]), found["annex"])
    return Slot(*parts, list(found.get("copy_to", [])), found.get("carries", ""))


def _is_consented(campaign: CampaignView) -> bool:
    return bool(campaign.settings.get("demonstration")) or campaign.settings.get("consent_of_persons") == "recorded"


def record_hash(connection: sa.Connection, name: str) -> str:
    """Return the hash of an addressee's current record. :raises Refused: if it is unknown or retired."""
    row = connection.execute(sa.select(addressee).where(addressee.c.id == name)).mappings().one_or_none()
    if row is None:
        raise Refused(f"{name} is not in the register: import its record with `petition addressee import`")
    if row["status"] == "retired":
        raise Refused(f"{name} was retired from the register: `petition addressee show {name}` says why")
    return str(row["hash"])


def standing(connection: sa.Connection, slot: Slot) -> Slot:
    """Return the letter with the offices that it goes to today: one that was merged has another in its place."""
    copies = [successor(connection, name) for name in slot.copy_to]
    return replace(slot, addressee=successor(connection, slot.addressee), copy_to=copies)


def wordings_of(connection: sa.Connection, campaign: CampaignView, slot: Slot) -> dict[str, sa.RowMapping]:
    """Return the row of the letter's wording for each of its languages. :raises Refused: if one is missing."""
    kind = f"letter:{slot.kind}"
    rows = connection.execute(
        sa.select(campaign_text).where(campaign_text.c.campaign == campaign.id, campaign_text.c.kind == kind)
    ).mappings()
    by_language = {row["language"]: row for row in rows}
    missing = [language for language in slot.languages if language not in by_language]
    if missing:
        raise Refused(f"there is no wording of a {slot.kind} in {', '.join(missing)}")
    return {language: by_language[language] for language in slot.languages}


def stamps_of(
    campaign: CampaignView, slot: Slot, wordings: dict[str, sa.RowMapping], *, counsel_read_it: bool
) -> dict[str, str]:
    """Return the stamp of each version that needs one; a court's has one until counsel's review of it is recorded."""
    demonstration, labels = bool(campaign.settings.get("demonstration")), label_states()
    is_read = slot.kind != COURT_KIND or counsel_read_it
    stamps = {
        language: stamp_for(
            slot.kind,
            row["state"] if is_read else min(row["state"], "reviewed", key=STATES.index),
            labels.get(language, "machine"),
            is_translation=bool(row["translates"]),
            demonstration=demonstration,
        )
        for language, row in wordings.items()
    }
    return {language: stamp for language, stamp in stamps.items() if stamp}


def carried_letter(connection: sa.Connection, campaign: CampaignView, slot: Slot) -> sa.RowMapping | None:
    """Return the letter that goes along with this one, as last composed.

    :raises Refused: if it was not approved; in the demonstration, if it was not composed.
    """
    if not slot.carries:
        return None
    other, letter = slot_of(campaign, slot.carries), live.letter
    chosen = sa.select(letter).where(
        letter.c.campaign == campaign.id,
        letter.c.addressee.in_({other.addressee, successor(connection, other.addressee)}),
        letter.c.kind == other.kind,
        letter.c.state != "dropped",
    )
    found = connection.execute(chosen.order_by(letter.c.entry.desc()).limit(1)).mappings().one_or_none()
    if found is None or (found["state"] == "composed" and not campaign.settings.get("demonstration")):
        raise Refused(f"{slot.id} carries a copy of {slot.carries}, which must be approved first")
    return found
