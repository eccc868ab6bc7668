"""The link goes with the covering mail, nobody is named where nobody may be, and a restored backup names none anew."""

from __future__ import annotations

import json
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from service.letters.bundle import MANUAL, STEPS
from service.store.tables import campaign, record
from service.vault.erasure import apply_journal
from service.vault.tables import letter_annex, letter_name, letter_package
from tests.desk.names.conftest import NAMES, Named


def test_the_covering_mail_has_the_link_and_the_names_are_not_in_it(linked: Named) -> None:
    terminal = linked.terminal
    terminal.does(f"letter send {linked.letter} {terminal.as_('olga')}")
    linked.works("letters")
    mails = [message_from_bytes(path.read_bytes(), policy=policy.default) for path in mail_files(linked)]
    (mail,) = [one for one in mails if "L1" in str(one.get_body(("plain",)))]
    body = mail.get_body(("plain",))
    assert body is not None
    assert f"http://localhost{linked.path}" in body.get_content()
    assert "6 imzacı" in body.get_content()
    for part in mail.walk():
        content = part.get_payload(decode=True)
        assert not isinstance(content, bytes) or not [name for name in NAMES if name.encode() in content]
    assert linked.state.state == "handed_over"


def test_a_letter_waits_for_its_annex_to_be_made_anew(linked: Named) -> None:
    terminal = linked.terminal
    terminal.does(f"letter send {linked.letter} {terminal.as_('olga')}")
    linked.acts(NAMES[0], action="erase")
    linked.works("letters")
    assert linked.state.state == "queued"
    linked.works("names", "letters")
    assert linked.state.state == "handed_over"
    handed: Any = linked.services.log.stream(linked.letter)[-1].event
    assert (handed.named, handed.names) == (5, linked.state.names.commitment)


def test_nobody_is_named_at_risk_or_where_names_are_forgotten_or_by_nobody(named: Named) -> None:
    named.works()
    answer = named.terminal.types("letter compose istanbul-two L1 --names")
    assert "add --as" in str(answer.exception)
    with named.services.database.read() as connection:
        rules = json.loads(connection.execute(sa.select(campaign.c.rules)).scalar_one())
    refusals = (({"risk": "at-risk"}, "only if counsel"), ({"retention": "forget"}, "nobody can be named"))
    for changed, refusal in refusals:
        with named.services.database.write() as connection:
            connection.execute(sa.update(campaign).values(rules=json.dumps(rules | changed)))
        with pytest.raises(AssertionError, match=refusal):
            named.composes()


def test_an_erasure_that_a_restored_backup_does_not_know_is_applied_to_annexes_too(
    linked: Named, tmp_path: Path
) -> None:
    database = linked.services.database
    with database.read() as connection:
        chosen = sa.select(record.c.id).join(letter_name, letter_name.c.signature == record.c.signature)
        row = connection.execute(chosen.order_by(letter_name.c.entry).limit(1)).scalar_one()
    journal = tmp_path / "journal"
    journal.write_text(f"1 {row} 2026-03-02\n")
    assert apply_journal(database, journal) == 1
    with database.read() as connection:
        assert connection.execute(sa.select(letter_package.c.sealed)).scalar() is None
        assert connection.execute(sa.select(letter_annex.c.sealed)).scalar() is None
    linked.works("names")
    assert len(linked.names()) == 5


def mail_files(linked: Named) -> list[Path]:
    """Return the mails that were sent."""
    return sorted(linked.terminal.installation.mail_folder.glob("*.eml"))


def test_who_carries_the_letter_is_told_of_the_slip_in_every_language_while_the_link_opens(
    linked: Named, tmp_path: Path
) -> None:
    for language, words in STEPS.items():
        for channel in MANUAL:
            line = f"letter bundle {linked.letter} --channel {channel} --language {language}"
            told = linked.terminal.does(f"{line} --out {tmp_path}/{language}-{channel}").splitlines()
            (step,) = (one for one in told if f"`petition letter slip {linked.letter} --as ACCOUNT`" in one)
            assert step.startswith("2. ")
            assert [one[:2] for one in told if one[1:3] == ". "] == [f"{n}." for n in range(1, len(words[channel]) + 3)]
    linked.fetches()
    linked.presses("received")
    line = f"letter bundle {linked.letter} --channel post --language en --out {tmp_path}/locked"
    assert "letter slip" not in linked.terminal.does(line)
