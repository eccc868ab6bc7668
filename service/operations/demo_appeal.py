"""The demonstration's appeal and its letter: imported, opened and composed once, and found again at a second start."""

from __future__ import annotations

from dataclasses import dataclass

from service.app import Services
from service.campaigns.appeal_folder import read_appeal_folder
from service.campaigns.commands import OpenCampaign
from service.campaigns.drafts import import_appeal
from service.campaigns.opening import open_campaign
from service.campaigns.queries import CampaignView, campaign_by_ref
from service.errors import NotFound
from service.letters.addressees import import_addressees
from service.letters.commands import ComposeLetter
from service.letters.drafts import drafts
from service.letters.handlers import compose_letter
from service.letters.milestones import raise_due
from service.letters.queries import LetterView, letter, letter_files, letters_of
from service.operations.demo_home import EXAMPLE, LETTER, LETTER_LANGUAGES, REF
from service.operations.demo_visitor import DemonstrationFailed

ACTOR = "demonstration"


@dataclass(frozen=True)
class LetterVersion:
    """One language of the composed letter."""

    id: str
    active: int
    language: str
    pdf: str  # SHA-256


def open_appeal(services: Services, *, at_risk: bool) -> CampaignView:
    """Import and open the example appeal as a demonstration, or return the one that is open already."""
    with services.database.read() as connection:
        try:
            return campaign_by_ref(connection, REF)
        except NotFound:
            pass
    now = services.clock.now()
    import_addressees(EXAMPLE / "addressees.toml", services.log, now, verified=True)
    with services.database.write() as connection:
        import_appeal(connection, read_appeal_folder(EXAMPLE))
    open_campaign(OpenCampaign(REF, ACTOR, now, demonstration=True, at_risk=at_risk), services.log, services.keys)
    services.runner.catch_up()
    with services.database.read() as connection:
        return campaign_by_ref(connection, REF)


def compose_letters(services: Services) -> list[LetterVersion]:
    """Compose the letter to the Constitutional Court at the present size, or return the one that is there.

    :raises DemonstrationFailed: if a language of it is missing.
    """
    found = _composed(services)
    if found is None:
        command = ComposeLetter(REF, LETTER, ACTOR, services.clock.now(), _draft(services))
        name = compose_letter(command, services.log, services.settings.base_url, services.tallies.before_letter)
        services.runner.catch_up()
        with services.database.read() as connection:
            found = letter(connection, name)
    with services.database.read() as connection:
        files = {file.name: file.hash for file in letter_files(connection, found)}
    stem = found.reference.replace("/", "-")
    missing = [language for language in LETTER_LANGUAGES if f"{stem}-{language}.pdf" not in files]
    if missing:
        raise DemonstrationFailed(f"the letter was not made in {', '.join(missing)}")
    return [LetterVersion(found.id, found.active, one, files[f"{stem}-{one}.pdf"]) for one in LETTER_LANGUAGES]


def _draft(services: Services) -> str:
    """Return the draft that the demonstration's milestone raised: the worker does it too, and whoever is first."""
    raise_due(services.log, services.clock.now())
    services.runner.catch_up()
    with services.database.read() as connection:
        return next((one.letter for one in drafts(connection, services.log) if one.slot == LETTER), "")


def _composed(services: Services) -> LetterView | None:
    with services.database.read() as connection:
        found = letters_of(connection, campaign_by_ref(connection, REF).id)
    return next((one for one in found if one.reference.endswith(f"/{LETTER}")), None)
