"""Importing addressees: strict reading, one event for what changed, verified by two people only."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from service.eventlog.log import PetitionLog
from service.letters.addressees import import_addressees
from service.letters.queries import addressees
from service.letters.record_file import AddresseesRefused, read_records
from tests.letters.conftest import Appeal
from tests.letters.examples import APPEAL

FILE = APPEAL / "addressees.toml"
SOURCE = FILE.read_text()


def test_the_example_is_registered_unverified_and_only_once(appeal: Appeal) -> None:
    first = import_addressees(FILE, appeal.log, appeal.clock.now())
    assert {(one.outcome, one.status) for one in first} == {("registered", "unverified")}
    assert {one.outcome for one in import_addressees(FILE, appeal.log, appeal.clock.now())} == {"unchanged"}
    appeal.follow()
    with appeal.database.read() as connection:
        found = addressees(connection)
    assert [one.id for one in found] == sorted(one.id for one in first)
    assert {one.status for one in found} == {"unverified"}


def test_a_changed_record_is_amended_and_no_longer_verified(appeal: Appeal, tmp_path: Path) -> None:
    verified = import_addressees(FILE, appeal.log, appeal.clock.now(), verified=True)
    assert {one.status for one in verified} == {"verified"}
    changed = tmp_path / "addressees.toml"
    changed.write_text(SOURCE.replace('hours = ""', 'hours = "Mon-Fri 09:00-17:00"', 1))
    again = {one.id: (one.outcome, one.status) for one in import_addressees(changed, appeal.log, appeal.clock.now())}
    assert again["tr-anayasa-mahkemesi"] == ("amended", "unverified")
    assert again["tr-goc-idaresi"] == ("unchanged", "verified")
    topics = [one.event.topic for one in PetitionLog(appeal.database).stream("addressee:tr-anayasa-mahkemesi")]
    assert topics == ["addressee.registered", "addressee.verified", "addressee.amended"]


def test_the_archived_record_is_public_and_does_not_say_who_read_it(appeal: Appeal, tmp_path: Path) -> None:
    named = tmp_path / "addressees.toml"
    named.write_text(SOURCE.replace('checked_by = ""', 'checked_by = "Example Reader"'))
    import_addressees(named, appeal.log, appeal.clock.now())
    appeal.follow()
    with appeal.database.read() as connection:
        found = addressees(connection)[0]
    record = appeal.document(found.hash)
    assert record.public
    assert b"Example Reader" not in record.bytes()
    assert not {"status", "checked_by"} & set(json.loads(record.bytes()))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('id = "tr-goc-idaresi"', 'id = "TR Göç"', "id: must be 2 to 32"),
        ('id = "tr-goc-idaresi"', 'id = "tr-disisleri"', "tr-disisleri: stands there twice"),
        ('kind = "agency"', 'kind = "agencies"', "kind: 'agencies' is not one of"),
        ('status = "unverified"', 'status = "verified"', "two people verify a record"),
        ('kep = ""', 'keep = ""', "keep: unknown key"),
        ('heading.tr = ["T.C.",', 'headings.tr = ["T.C.",', "headings: unknown key"),
        ('country = "TR"', "country = 90", "country: must be text"),
        ('channels = ["post", "kep"]', 'channels = ["pigeon"]', "channels: 'pigeon' is not one of"),
        ('languages = ["tr"]', "languages = []", "languages: must name at least one"),
        ("postal_lines = []", 'postal_lines = ["1 Nowhere Street"]', "contact data need source_url and checked_on"),
        ('web_form = ""', 'web_form = "javascript:alert(1)"', "web_form: must be an address"),
        ('checked_on = ""', 'checked_on = "yesterday"', "checked_on: must be a day"),
        ("days = 30", 'days = "30"', "response_rule: must have exactly"),
        ('counted_from = "receipt"', 'counted_from = "posting"', "counted_from: must be"),
        ("salutation.en.ministry_petition", "salutation.en.begging_letter", "begging_letter: is not a kind of letter"),
        (
            'salutation.en.court_open_letter = "Dear',
            'salutation.en.court_open_letter = "\\u202eDear',
            "control character",
        ),
        ('format = "undersigned-addressees/1"', 'format = "x"', "format: must be"),
        ('format = "undersigned-addressees/1"', 'format = "undersigned-addressees/1"\nx = 1', "x: unknown key"),
        ('format = "undersigned-addressees/1"', "format = ", "cannot be read as TOML"),
    ],
)
def test_it_refuses_what_is_wrong_and_says_where(old: str, new: str, said: str) -> None:
    assert old in SOURCE
    with pytest.raises(AddresseesRefused) as refused:
        read_records(SOURCE.replace(old, new, 1).encode())
    assert said in str(refused.value)


def test_one_problem_in_a_file_enters_nothing(appeal: Appeal, tmp_path: Path) -> None:
    wrong = tmp_path / "addressees.toml"
    wrong.write_text(SOURCE.replace('kind = "international"', 'kind = "galactic"'))
    with pytest.raises(AddresseesRefused):
        import_addressees(wrong, appeal.log, appeal.clock.now())
    assert appeal.log.entries(0, 10) == []
