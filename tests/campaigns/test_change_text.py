"""The commands `petition campaign text …`: a correction, a replacement, a translation, another consent text."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result

from service.audit.replay import replay
from service.campaigns import wording as consent
from service.campaigns.appeal_folder import read_appeal_folder
from service.campaigns.commands import Draft
from service.campaigns.queries import CampaignView, campaign_by_ref, headings, text_by_hash, text_in
from service.campaigns.restoring import restore_campaign
from service.campaigns.texts_cli import text
from service.eventlog.catalogue import encode
from service.signatures.events import SignatureRecorded
from service.store.tables import campaign as campaign_table
from service.store.tables import pending, waiting
from tests.installation import CONSENTED, EXAMPLE, REF, Installation


def run(installation: Installation, *arguments: str) -> Result:
    result = CliRunner().invoke(text, arguments, obj=installation.services)
    installation.services.runner.catch_up()
    return result


def says(installation: Installation, *arguments: str) -> str:
    result = run(installation, *arguments)
    assert result.exit_code == 0, (result.output, result.exception)
    return result.output


def rewrite(folder: Path, name: str, old: str, new: str) -> None:
    path = folder / name
    before = path.read_text()
    assert old in before
    path.write_text(before.replace(old, new, 1))


def read_draft(folder: Path) -> Draft:
    return Draft(**read_appeal_folder(folder).as_draft())


def now(installation: Installation) -> CampaignView:
    with installation.services.database.read() as connection:
        return campaign_by_ref(connection, REF)


def topics(installation: Installation) -> list[str]:
    return [entry.topic for entry in installation.services.log.entries(0, 1_000)]


def audited(installation: Installation) -> None:
    """Replay the log as an auditor does: no error, and the same counts."""
    lines = [encode(entry.event) for entry in installation.services.log.entries(0, 1_000) if entry.is_public]
    found = replay(lines)
    assert found.errors == []
    counts = found.campaigns[now(installation).id]
    shown = installation.count()
    assert (counts.active, counts.outdated) == (shown["active"], shown["outdated"])


def test_a_correction_carries_signatures_over(installation: Installation, folder: Path) -> None:
    installation.signs("anna@example.org")
    installation.confirms("anna@example.org")
    installation.records()
    before = now(installation)
    rewrite(folder, "text.en.md", "two people", "two persons")
    assert "corrected: text" in says(installation, "correct", REF, str(folder))
    after = now(installation)
    assert (after.text != before.text, after.carried, after.replaced) == (True, {before.text}, 0)
    assert (installation.count()["active"], installation.count()["outdated"]) == (1, 0)
    audited(installation)


def test_a_replacement_does_not_and_the_text_that_comes_back_has_its_signers_again(
    installation: Installation, folder: Path
) -> None:
    installation.signs("anna@example.org")
    installation.confirms("anna@example.org")
    assert installation.rows(waiting) == 1
    first = now(installation)
    rewrite(folder, "text.en.md", "two people", "two persons")
    says(installation, "replace", REF, str(folder))
    assert installation.rows(waiting) == 0  # what waited came before the new text
    found = topics(installation)
    assert found.index("signature.recorded") < found.index("campaign.text_replaced")
    assert (installation.count()["active"], installation.count()["outdated"]) == (0, 1)
    rewrite(folder, "text.en.md", "two persons", "two people")
    says(installation, "replace", REF, str(folder))
    assert now(installation).text == first.text
    assert (installation.count()["active"], installation.count()["outdated"]) == (1, 0)
    listed = says(installation, "list", REF).splitlines()
    assert [line.split()[2] for line in listed[:3]] == ["opened", "replaced", "replaced"]
    audited(installation)


def test_translations_of_the_folder_are_published_and_the_others_are_outdated(
    installation: Installation, folder: Path
) -> None:
    rewrite(folder, "text.en.md", "two people", "two persons")
    said = says(installation, "correct", REF, str(folder), "--language", "tr")
    assert "published tr" in said
    assert "published ug" not in said
    found = now(installation)
    with installation.services.database.read() as connection:
        assert text_in(connection, found, "tr").language == "tr"
        assert text_in(connection, found, "ug").language == "en"
        assert headings(connection, [found], "ug")[found.id].language == "en"
    assert any("ug" in line and "outdated" in line for line in says(installation, "list", REF).splitlines())


def test_a_translation_is_kept_then_published_once_somebody_has_read_it(
    installation: Installation, folder: Path
) -> None:
    rewrite(folder, "text.en.md", "two people", "two persons")
    says(installation, "correct", REF, str(folder), "--language", "tr")
    path = str(folder / "text.ug.md")
    assert "not shown before" in says(installation, "translation", REF, "ug", path)
    with installation.services.database.read() as connection:
        assert text_in(connection, now(installation), "ug").language == "en"
    assert "published ug" in says(installation, "translation", REF, "ug", path, "--reviewed-by", "2")
    with installation.services.database.read() as connection:
        shown = text_in(connection, now(installation), "ug")
        assert text_by_hash(connection, now(installation), shown.document_hash).language == "ug"
    assert shown.language == "ug"
    assert "have this one read" in str(run(installation, "translation", REF, "ug", path).exception)
    assert "original's language" in str(
        run(installation, "translation", REF, "en", str(rename(folder)), "--reviewed-by", "1").exception
    )
    audited(installation)


def rename(folder: Path) -> Path:
    rewrite(folder, "text.ug.md", 'language = "ug"\ndirection = "rtl"', 'language = "en"\ndirection = "ltr"')
    return folder / "text.ug.md"


@pytest.mark.parametrize(
    ("name", "old", "new", "said"),
    [
        ("appeal.toml", '"close+30d", tally_min = 5', '"close+30d", tally_min = 6', "risk and rules are fixed"),
        ("appeal.toml", 'ref = "istanbul-two"', 'ref = "another"', "ref cannot change"),
        ("text.en.md", "two people", "two {people}", "text.en.md:"),
        ("text.tr.md", 'language = "tr"', 'language = "de"', "appeal.toml:"),
    ],
)
def test_every_problem_is_told_with_file_and_line_and_nothing_changes(
    installation: Installation, folder: Path, name: str, old: str, new: str, said: str
) -> None:
    before = topics(installation)
    rewrite(folder, name, old, new)
    for command in ("check", "correct", "replace"):
        result = run(installation, command, REF, str(folder))
        assert result.exit_code == 1
        assert said in result.output
        assert "correct them and check again" in result.output
    assert topics(installation) == before


def test_the_same_text_is_no_change(installation: Installation) -> None:
    before = topics(installation)
    assert "nothing would change" in str(run(installation, "replace", REF, str(EXAMPLE)).exception)
    assert topics(installation) == before


def test_another_consent_text_is_published_with_the_text_or_alone(
    installation: Installation, folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert "in use already" in str(run(installation, "consent", REF).exception)
    changed = tmp_path / "consent.toml"
    changed.write_text(consent.CONSENT.read_text().replace("I agree", "I do agree", 1))
    monkeypatch.setattr(consent, "CONSENT", changed)
    consent._words.cache_clear()
    try:
        before = now(installation).wording
        assert "consent text" in says(installation, "consent", REF, "--reviewed-by", "1")
        assert now(installation).wording != before
        changed.write_text(changed.read_text().replace("I do agree", "I agree now", 1))
        consent._words.cache_clear()
        rewrite(folder, "text.en.md", "two people", "two persons")
        assert "consent text" in says(installation, "replace", REF, str(folder))
        audited(installation)
    finally:
        consent._words.cache_clear()


def test_a_restore_writes_the_row_as_the_log_has_it(installation: Installation, folder: Path) -> None:
    rewrite(folder, "text.en.md", "two people", "two persons")
    says(installation, "correct", REF, str(folder))
    rewrite(folder, "text.en.md", "two persons", "two human beings")
    says(installation, "replace", REF, str(folder))
    rewrite(folder, "text.en.md", "two human beings", "two persons")
    says(installation, "replace", REF, str(folder))
    wanted = now(installation)
    assert len(wanted.carried) == 1
    with installation.services.log.transaction() as connection:
        connection.execute(sa.update(campaign_table).values(text="", carried="[]", replaced=0, wording=""))
        restore_campaign(connection, installation.services.log, wanted.id)
    assert now(installation) == wanted


def test_the_page_of_a_text_shows_its_versions_and_what_changed(installation: Installation, folder: Path) -> None:
    first = now(installation).text
    installation.signs("anna@example.org")
    installation.confirms("anna@example.org")
    rewrite(folder, "text.en.md", "two people", "two persons")
    says(installation, "replace", REF, str(folder))
    for hashed in (first, now(installation).text):
        page = installation.client().get(f"/en/c/{REF}/text/{hashed}")
        assert page.status_code == 200
        assert "<del>" in page.text
        assert "<ins>" in page.text
        assert "1 signature stands for it" in page.text
        assert page.text.count('aria-current="page"') == 1


def test_a_form_that_showed_an_earlier_text_comes_back_with_the_difference_and_all_that_was_typed(
    installation: Installation, folder: Path
) -> None:
    form = installation.form()
    rewrite(folder, "text.en.md", "two people", "two persons")
    says(installation, "correct", REF, str(folder))
    typed = form | CONSENTED | {"full_name": "Made-up Person", "email": "anna@example.org", "country": "CZ"}
    answer = installation.posts(typed | {"disclosure": "public"})
    assert answer.status_code == 422
    assert "<title>Error:" in answer.text
    assert "<ins>" in answer.text
    for kept in ('value="Made-up Person"', 'value="anna@example.org"', '<option value="CZ" selected>'):
        assert kept in answer.text
    assert installation.rows(pending) == 0
    again = installation.form() | {name: value for name, value in typed.items() if name not in form}
    assert installation.posts(again).status_code == 303


def test_a_form_sent_before_a_correction_confirms_for_the_text_it_showed(
    installation: Installation, folder: Path
) -> None:
    shown = now(installation).text
    installation.signs("anna@example.org")
    rewrite(folder, "text.en.md", "two people", "two persons")
    says(installation, "correct", REF, str(folder))
    installation.confirms("anna@example.org")
    installation.records()
    assert installation.count()["active"] == 1
    entries = installation.services.log.entries(0, 99)
    assert [one.event.text for one in entries if isinstance(one.event, SignatureRecorded)] == [shown]
    audited(installation)
