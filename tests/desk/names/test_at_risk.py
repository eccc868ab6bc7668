"""Signers who may be at risk are named only if counsel and two people said so: else nobody is, anywhere."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from service.clock import FixedClock
from service.letters.events import LetterComposed, LetterCounselRecorded, LetterNamesAllowed
from service.store.database import Database
from service.store.tables import metadata
from service.vault.tables import letter_annex, letter_name
from tests.desk.names.conftest import NAMES, QUIET, Named
from tests.desk.test_commands import Terminal, passes_the_audit
from tests.installation import EXAMPLE, REF, install

COUNSEL = "Made-up-Counsel"
KEPT_RULES = {
    'retention = "forget"': 'retention = "close+30d"',
    'disclosures = ["counted"]': 'disclosures = ["counted", "addressee"]',
}


@pytest.fixture
def at_risk(
    sqlite_database: Database, tmp_path: Path, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Named]:
    """Return an appeal at risk that keeps names for a while; six of its eight signers let the addressee know."""
    folder = tmp_path / "appeal"
    shutil.copytree(EXAMPLE, folder)
    words = (folder / "appeal.toml").read_text()
    for old, new in KEPT_RULES.items():
        words = words.replace(old, new, 1)
    (folder / "appeal.toml").write_text(words)
    monkeypatch.setattr("tests.installation.EXAMPLE", folder)
    (tmp_path / "installation").mkdir()
    terminal = Terminal(install(sqlite_database, tmp_path / "installation", clock, at_risk=True), tmp_path)
    terminal.adds("ada")
    terminal.approves(terminal.adds("ben", f"--role administrator {terminal.as_('ada')}"), by="ben")
    terminal.approves(terminal.adds("olga", f"--role organizer {terminal.as_('ada')}"), by="ben")
    terminal.approves(terminal.adds("rosa", f"--role reviewer {terminal.as_('ada')}"), by="ben")
    made = Named(terminal)
    for name in NAMES:
        made.signs(name, country="")
    for name in (QUIET, "Silent Person"):
        made.signs(name, "counted", country="")
    clock.moment += timedelta(days=1)  # the batch of the day
    yield made
    terminal.installation.services.database.dispose()


def nobody_is_named(of: Named) -> bool:
    """Return whether no annex is there, and no name stands in any table or on any page of letters."""
    installation, client = of.terminal.installation, of.terminal.installation.client()
    places = [client.get(f"/en/c/{REF}/letters").data, client.get(f"/en/c/{REF}/letters/{of.letter}.zip").data]
    with of.services.database.read() as connection:
        for table in metadata.sorted_tables:
            cells = [cell for row in connection.execute(sa.select(table)) for cell in row]
            places += [cell if isinstance(cell, bytes) else str(cell).encode() for cell in cells]
    written = [form for name in NAMES for form in (name.encode(), json.dumps(name)[1:-1].encode())]
    found = [place for place in places if any(form in place for form in written)]
    return not found and installation.rows(letter_name) == installation.rows(letter_annex) == 0


def refused(of: Named, line: str, by: str = "olga") -> str:
    """Return why a command is refused."""
    result = of.terminal.types(f"{line} {of.terminal.as_(by)}")
    assert result.exit_code != 0, result.output
    return str(result.exception)


def counsel_is_told_by_evidence_alone(of: Named) -> None:
    """Check that the log says when, and that no table tells who counsel is in the clear."""
    said = [one.event for one in of.services.log.stream(of.letter) if not one.event.PUBLIC]
    assert [type(one) for one in said[:2]] == [LetterCounselRecorded, LetterNamesAllowed]
    with of.services.database.read() as connection:
        for table in metadata.sorted_tables:
            cells = " ".join(str(cell) for row in connection.execute(sa.select(table)) for cell in row)
            assert COUNSEL not in cells, table.name
    assert COUNSEL in of.terminal.does(f"letter evidence {of.letter} {of.terminal.as_('rosa')}")


def test_names_at_risk_need_counsel_and_two_people_and_without_one_of_them_nobody_is_named(
    at_risk: Named, tmp_path: Path
) -> None:
    terminal, compose = at_risk.terminal, f"letter compose {REF} L2"
    at_risk.works()
    assert "only if counsel consents" in refused(at_risk, f"{compose} --names")
    told = terminal.does(f"{compose} {terminal.as_('olga')}")
    at_risk.letter = re.findall(r"as (l_[A-Za-z0-9]{10}):", told)[0]
    at_risk.works()
    again = f"{compose} --names --again {at_risk.letter}"
    consent = f"letter counsel {at_risk.letter} --about names --who {COUNSEL}"
    # two people without counsel
    assert "counsel has not consented" in refused(at_risk, f"letter names {at_risk.letter}")
    assert "only if counsel consents" in refused(at_risk, again)
    assert nobody_is_named(at_risk)
    # counsel without two people
    assert "This needs the role organizer" in refused(at_risk, consent, by="rosa")
    terminal.does(f"{consent} {terminal.as_('olga')}")
    assert "only if two people say so" in refused(at_risk, again)
    asked = terminal.does(f"letter names {at_risk.letter} {terminal.as_('olga')}")
    request = re.findall(r"request (r_[A-Za-z0-9]{10})", asked)[0]
    assert "another person" in refused(at_risk, f"request approve {request}")
    assert "only if two people say so" in refused(at_risk, again)
    at_risk.works("names")
    assert nobody_is_named(at_risk)
    # both
    terminal.does(f"request approve {request} {terminal.as_('rosa')}")
    assert nobody_is_named(at_risk)  # still: it is composed first, and approved by two people
    terminal.does(f"{again} {terminal.as_('olga')}")
    composed = at_risk.services.log.stream(at_risk.letter)[-1].event
    assert isinstance(composed, LetterComposed)
    assert composed.named == len(NAMES)
    at_risk.works()
    at_risk.approves()
    at_risk.links()
    assert sorted(at_risk.names()) == sorted(NAMES)
    counsel_is_told_by_evidence_alone(at_risk)
    assert passes_the_audit(terminal, tmp_path / "log.ndjson.gz")
