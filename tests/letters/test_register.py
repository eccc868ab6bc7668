"""The register of addressees: shown, exported, compared, merged and retired, with every earlier record kept."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace

import pytest
from click.testing import CliRunner, Result

from service.archive import documents
from service.errors import Refused
from service.letters.addressee_cli import addressee
from service.letters.addressees import import_addressees, load_addressee
from service.letters.commands import MergeAddressees, RetireAddressee
from service.letters.events import AddresseeEvent
from service.letters.queries import letter
from service.letters.record_file import AddresseesRefused, read_records, write_records
from service.letters.register import merge_addressees, retire_addressee
from tests.letters.conftest import Appeal
from tests.letters.examples import APPEAL

FILE = APPEAL / "addressees.toml"
SOURCE = FILE.read_text()
HOLDER = 'office_holder = { name = "Example Holder", title.en = "Minister", valid_from = "2026-01-01", valid_to = "" }'


def _run(appeal: Appeal, *arguments: str) -> Result:
    services = SimpleNamespace(log=appeal.log, database=appeal.database, clock=appeal.clock)
    return CliRunner().invoke(addressee, arguments, obj=services)


def _says(appeal: Appeal, *arguments: str) -> str:
    result = _run(appeal, *arguments)
    assert result.exit_code == 0, (result.output, result.exception)
    appeal.follow()
    return result.output


def test_what_is_exported_is_read_back_as_the_same_records(appeal: Appeal, tmp_path: Path) -> None:
    _says(appeal, "import", str(FILE))
    out = tmp_path / "register.toml"
    assert "wrote 8 records" in _says(appeal, "export", "--out", str(out))
    assert {line.split(": ")[1] for line in _says(appeal, "import", str(out)).splitlines()} == {"unchanged, unverified"}
    only = _says(appeal, "export", "tr-disisleri")
    assert [record["id"] for record in read_records(only.encode())] == ["tr-disisleri"]


def test_signs_that_toml_could_misread_survive_an_export() -> None:
    record = read_records(SOURCE.encode())[0] | {"hours_note": 'a "b" \\ [[x]] # é \u200c ئ {y}'}
    again = read_records(write_records([record]))[0]
    assert again["hours_note"] == record["hours_note"]


def test_diff_names_each_field_that_importing_would_change(appeal: Appeal, tmp_path: Path) -> None:
    _says(appeal, "import", str(FILE))
    assert _says(appeal, "diff", str(FILE)) == "0 records differ from the register\n"
    changed = tmp_path / "changed.toml"
    changed.write_text(SOURCE.replace('hours = ""', 'hours = "Mon-Fri 09:00-17:00"', 1))
    result = _run(appeal, "diff", str(changed))
    assert result.exit_code == 1
    assert 'tr-anayasa-mahkemesi: changed\n  - hours = ""\n  + hours = "Mon-Fri 09:00-17:00"\n' in result.output


def test_show_tells_every_field_what_is_missing_and_every_version(appeal: Appeal, tmp_path: Path) -> None:
    _says(appeal, "import", str(FILE))
    changed = tmp_path / "changed.toml"
    read = 'source_url = "https://office.example"\nchecked_on = "2025-11-01"'
    changed.write_text(SOURCE.replace('source_url = ""\nchecked_on = ""', read, 1))
    _says(appeal, "import", str(changed))
    shown = _says(appeal, "show", "tr-anayasa-mahkemesi")
    for part in ('heading.tr = ["T.C.", "ANAYASA MAHKEMESİ BAŞKANLIĞINA", "ANKARA"]', 'status = "unverified"'):
        assert part in shown
    assert "note: the address for post is not known: fill in postal_lines" in shown
    assert "more than 90: compare it again" in shown
    assert [line.split()[1] for line in shown.splitlines() if line.startswith("2026-")] == ["registered", "amended"]
    with appeal.database.read() as connection:  # each version is a document that everybody may read
        for line in shown.splitlines()[-2:]:
            assert documents.get(connection, line.split()[2]).public


def test_a_merged_office_has_a_successor_that_is_verified_anew(appeal: Appeal) -> None:
    appeal.opens()
    appeal.signed_by("a")
    said = _says(appeal, "merge", "tr-disisleri", "into", "tr-goc-idaresi")
    assert "tr-disisleri was merged into tr-goc-idaresi: verify its record" in said
    assert load_addressee(appeal.log, "tr-disisleri").status == "retired"
    into = load_addressee(appeal.log, "tr-goc-idaresi")
    assert into.status == "unverified"
    assert json.loads(appeal.document(into.document).bytes())["formerly"] == ["tr-disisleri"]
    import_addressees_again = _run(appeal, "import", str(FILE))
    assert "tr-disisleri was retired" in str(import_addressees_again.exception)
    assert "tr-disisleri: retired, so the import would be refused" in _run(appeal, "diff", str(FILE)).output


def test_a_letter_to_a_merged_office_goes_to_its_successor(appeal: Appeal) -> None:
    appeal.opens()
    appeal.signed_by("a")
    merge_addressees(MergeAddressees("tr-disisleri", "tr-goc-idaresi", appeal.clock.now()), appeal.log)
    merge_addressees(MergeAddressees("tr-goc-idaresi", "tr-istanbul-valiligi", appeal.clock.now()), appeal.log)
    appeal.follow()
    made = appeal.composes("L3")  # the appeal names tr-disisleri
    with appeal.database.read() as connection:
        assert letter(connection, made).addressee == "tr-istanbul-valiligi"


def test_an_import_does_not_forget_what_was_merged(appeal: Appeal, tmp_path: Path) -> None:
    import_addressees(FILE, appeal.log, appeal.clock.now())
    merge_addressees(MergeAddressees("tr-disisleri", "unhcr-turkiye", appeal.clock.now()), appeal.log)
    only = tmp_path / "one.toml"
    only.write_bytes(write_records([one for one in read_records(SOURCE.encode()) if one["id"] == "unhcr-turkiye"]))
    assert import_addressees(only, appeal.log, appeal.clock.now())[0].outcome == "unchanged"


def test_a_record_that_was_taken_down_is_replaced_by_importing_another(appeal: Appeal, tmp_path: Path) -> None:
    import_addressees(FILE, appeal.log, appeal.clock.now())
    gone = load_addressee(appeal.log, "tr-anayasa-mahkemesi").document
    with appeal.database.write() as connection:
        documents.take_down(connection, gone, "court-order")
    assert "DocumentGone" in repr(_run(appeal, "show", "tr-anayasa-mahkemesi").exception)
    changed = tmp_path / "changed.toml"
    changed.write_text(SOURCE.replace('hours = ""', 'hours = "Mon-Fri 09:00-17:00"', 1))
    assert import_addressees(changed, appeal.log, appeal.clock.now())[0].outcome == "amended"


def test_nothing_of_a_file_is_entered_if_one_of_its_offices_was_retired(appeal: Appeal, tmp_path: Path) -> None:
    import_addressees(FILE, appeal.log, appeal.clock.now())
    retire_addressee(RetireAddressee("unhcr-turkiye", "wrong", appeal.clock.now()), appeal.log)
    changed = tmp_path / "changed.toml"
    changed.write_text(SOURCE.replace('hours = ""', 'hours = "Mon-Fri 09:00-17:00"'))
    before = _streams(appeal)
    with pytest.raises(Refused, match="unhcr-turkiye was retired"):
        import_addressees(changed, appeal.log, appeal.clock.now())
    assert _streams(appeal) == before


def test_a_retired_office_gets_no_letter_and_is_not_retired_twice(appeal: Appeal) -> None:
    appeal.opens()
    appeal.signed_by("a")
    assert "retired tr-disisleri: closed" in _says(appeal, "retire", "tr-disisleri", "--reason", "closed")
    assert "tr-disisleri  ministry  retired" in _says(appeal, "list")
    with pytest.raises(Refused, match="tr-disisleri was retired"):
        appeal.composes("L3")
    for command in (RetireAddressee("tr-disisleri", "wrong", appeal.clock.now()),):
        with pytest.raises(Refused, match="was retired"):
            retire_addressee(command, appeal.log)
    for old, into in (
        ("tr-disisleri", "unhcr-turkiye"),
        ("unhcr-turkiye", "tr-disisleri"),
        ("nobody", "unhcr-turkiye"),
    ):
        with pytest.raises(Refused, match=r"was retired|not in the register"):
            merge_addressees(MergeAddressees(old, into, appeal.clock.now()), appeal.log)
    with pytest.raises(Refused, match="into itself"):
        merge_addressees(MergeAddressees("unhcr-turkiye", "unhcr-turkiye", appeal.clock.now()), appeal.log)


def test_a_letter_to_an_unverified_office_can_be_composed(appeal: Appeal) -> None:
    appeal.opens(demonstration=False)
    appeal.signed_by("a")
    assert load_addressee(appeal.log, "tr-anayasa-mahkemesi").status == "unverified"
    assert appeal.composed(appeal.composes("L1")).addressee == "tr-anayasa-mahkemesi"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('country = "TR"', 'country = "Turkey"', ":25: addressee tr-anayasa-mahkemesi: country: 'Turkey' is not a"),
        ('time_zone = "Europe/Istanbul"', 'time_zone = "Europe/Ankara"', "time_zone: 'Europe/Ankara' is not a time"),
        ('hours = ""', 'hours = "in the morning"', 'must be like "Mon-Fri 09:00-17:00"'),
        ('email = ""', 'email = "somebody"', "email: must be one mail address"),
        ('fax = ""', 'fax = "0312 000"', "fax: must begin with +"),
        ('"YYYY/N"', '"YYYY/N"\ncase_number_example = "26/17"', "case_number_example: '26/17' is not of the form"),
        ('"YYYY/N"', '"year/number"', "case_number_format: is made of Y"),
        ('channels = ["post", "by_hand"]', 'channels = ["post", "post"]', "channels: names one twice"),
        ('languages = ["tr"]', 'languages = ["tr", "de"]', "languages: de is accepted, so add name.de"),
        ('salutation.tr.ministry_petition = ""', 'salutation.tr.ministry_petition = "Sayın"', "(dilekçe) has none"),
        ('salutation.en.court_open_letter = "', 'salutation.en.ministry_petition = "', "a court gets an open letter"),
        (
            'closing.en.court_open_letter = "Yours',
            'closing.fr.court_open_letter = "Yours',
            "needs closing.en.court_open",
        ),
        ('law = "Law 3071 art. 7"', 'law = ""', "response_rule.law: name the law"),
        ("days = 30", "days = 0", "response_rule.days: are counted from receipt and more than 0"),
        ('kep = ""', f'kep = ""\n{HOLDER}', "judges are not addressed by name"),
        ('kep = ""', 'kep = ""\nmax_bytes = "10"', "max_bytes: must be a number"),
        ('kep = ""', 'kep = ""\nfile_types = [".pdf"]', "without the dot"),
        ('checked_on = ""', 'checked_on = "2026-02-30"', "checked_on: must be a day"),
    ],
)
def test_each_field_has_its_rule(old: str, new: str, said: str) -> None:
    assert old in SOURCE
    with pytest.raises(AddresseesRefused) as refused:
        read_records(SOURCE.replace(old, new, 1).encode())
    assert said in str(refused.value)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('title.en = "Minister"', 'title = "Minister"'),
        ('name = "Example Holder"', 'name = ""'),
        ('valid_to = ""', 'valid_to = "2025-01-01"'),
        ('valid_from = "2026-01-01"', 'valid_from = "soon"'),
    ],
)
def test_an_office_holder_has_a_title_and_a_term(old: str, new: str) -> None:
    at = SOURCE.index('id = "tr-disisleri"')
    good = SOURCE[:at] + SOURCE[at:].replace('kep = ""', f'kep = ""\n{HOLDER}', 1)
    assert read_records(good.encode())
    with pytest.raises(AddresseesRefused, match="office_holder"):
        read_records(good.replace(old, new, 1).encode())


def _streams(appeal: Appeal) -> list[AddresseeEvent]:
    return [entry.event for entry in appeal.log.entries(0, 100)]  # type: ignore[misc]
