"""Countries from the form to the page, the letter and the auditor's program, on each kind of database."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

from service.campaigns.events import TallyPublished
from service.letters.commands import ComposeLetter
from service.letters.handlers import compose_letter
from service.operations.demo_proof import audit, write_log
from service.operations.work import passes, run_once
from tests.installation import REF, Installation

ROW = re.compile(r'<tr><th scope="row">([^<]+)</th><td class="number"><data value="(\d+)">')


def join(installation: Installation, **countries: int) -> None:
    """Let people of these countries sign through the form and confirm, and be recorded."""
    for country, many in countries.items():
        for number in range(many):
            email = f"{country}{number}@example.org".lower()
            installation.signs(email, country="" if country == "none" else country)
            installation.confirms(email)
    installation.records()


def tallies(installation: Installation) -> list[TallyPublished]:
    entries = installation.services.log.entries(0, 10_000)
    return [entry.event for entry in entries if isinstance(entry.event, TallyPublished)]


def passes_once(installation: Installation) -> int:
    """Let the worker's pass for tallies come once, and the read models follow."""
    services = installation.services
    each = next(one for one in passes(services) if one.name == "tallies")
    done = run_once(services.database, each)
    services.runner.catch_up()
    return done


def appeal(installation: Installation, lang: str = "en") -> str:
    return installation.client().get(f"/{lang}/c/{REF}").get_data(as_text=True)


def test_the_page_shows_the_countries_of_the_last_tally_with_its_size(installation: Installation) -> None:
    join(installation, CZ=5, TR=6, none=5)
    assert "Countries" not in appeal(installation)
    assert passes_once(installation) == 1
    (tally,) = tallies(installation)
    page = appeal(installation)
    assert ROW.findall(page) == [("Türkiye", "6"), ("Czechia", "5"), ("Others and not stated", "5")]
    assert f"16 signatures, counted at entry {tally.at_size} of the log" in page
    assert "from 5 signatures on" in page
    assert "may be behind" in page
    for lang in ("tr", "ug"):
        assert [count for _, count in ROW.findall(appeal(installation, lang))] == ["6", "5", "5"]
    assert set(installation.count()) == {"active", "outdated", "withdrawn", "invalidated", "log_size", "state"}


def test_a_page_names_no_country_of_a_few(installation: Installation) -> None:
    join(installation, CZ=4)
    passes_once(installation)
    page = appeal(installation)
    assert "No country can be named yet" in page
    assert "Czechia" not in page


def test_a_letter_rests_on_a_tally_published_before_it_and_the_auditor_agrees(
    installation: Installation, tmp_path: Path
) -> None:
    services = installation.services
    join(installation, CZ=5, none=5)
    passes_once(installation)
    installation.clock.moment += timedelta(minutes=1)
    join(installation, TR=8)
    command = ComposeLetter(REF, "L1", "test", services.clock.now())
    compose_letter(command, services.log, services.settings.base_url, services.tallies.before_letter)
    services.runner.catch_up()
    assert [tally.by_country for tally in tallies(installation)] == [{"CZ": 5}, {"CZ": 5, "TR": 8}]
    topics = [entry.topic for entry in services.log.entries(0, 10_000)]
    assert topics[-2:] == ["tally.published", "letter.composed"]
    folder = tmp_path / "published"
    folder.mkdir()
    verdict = audit(write_log(services.database, folder), tallies(installation)[0].campaign)
    assert (verdict.errors, verdict.active) == (0, 18)
