"""A restored log shows again what was public: texts, translations, letters' files."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from service.archive.documents import MARKDOWN, get, put
from service.campaigns.queries import campaign_by_ref, text_in
from service.campaigns.texts_cli import text
from service.errors import LogDamaged, NotFound, Refused
from tests.installation import EXAMPLE, REF, Installation
from tests.operations.test_restore_log import back_up, publish_to, put_back, restore


@pytest.fixture
def corrected(tmp_path: Path) -> Path:
    """Return the example's folder with a slip mended in the original and in a translation."""
    folder = tmp_path / "appeal"
    shutil.copytree(EXAMPLE, folder)
    for name in ("text.en.md", "text.tr.md"):
        path = folder / name
        path.write_text(path.read_text().replace("VisaVerge", "Visa Verge"))
    return folder


def shown(installation: Installation) -> list[tuple[str, str]]:
    """Return what an appeal's page shows, by language, and check that it answers."""
    with installation.services.database.read() as connection:
        campaign = campaign_by_ref(connection, REF)
        texts = [text_in(connection, campaign, language) for language in ("en", "tr", "ug")]
    assert installation.client().get(f"/en/c/{REF}").status_code == 200
    return [(one.language, one.html) for one in texts]


def test_a_text_that_was_corrected_after_the_backup_is_shown_again(
    installation: Installation, tmp_path: Path, corrected: Path
) -> None:
    services, copy = installation.services, tmp_path / "published"
    snapshot = back_up(services.database)
    result = CliRunner().invoke(text, ["correct", REF, str(corrected)], obj=services)
    assert result.exit_code == 0, result.output
    services.runner.catch_up()
    was = shown(installation)
    publish_to(installation, copy)
    documents = tmp_path / "documents"
    shutil.copytree(copy / "documents", documents)
    shutil.rmtree(copy / "documents")

    put_back(services.database, snapshot)
    with services.database.read() as connection:
        campaign = campaign_by_ref(connection, REF)
    assert restore(installation, copy).textless == [campaign.id]  # a copy without documents
    shutil.copytree(documents, copy / "documents")
    done = restore(installation, copy)
    assert (done.before, done.textless) == (done.after, [])
    assert done.documents >= 2
    assert shown(installation) == was
    with pytest.raises(Refused, match="nothing is missing"):
        restore(installation, copy)


def test_a_document_that_is_not_what_its_name_says_changes_nothing(
    installation: Installation, tmp_path: Path, corrected: Path
) -> None:
    services, copy = installation.services, tmp_path / "published"
    snapshot = back_up(services.database)
    assert CliRunner().invoke(text, ["correct", REF, str(corrected)], obj=services).exit_code == 0
    publish_to(installation, copy)
    put_back(services.database, snapshot)
    with services.database.read() as connection:
        before = campaign_by_ref(connection, REF)
    for path in (copy / "documents").iterdir():
        path.write_bytes(path.read_bytes() + b"!")
    with pytest.raises(LogDamaged, match="not what its name says"):
        restore(installation, copy)
    with services.database.read() as connection:
        assert campaign_by_ref(connection, REF) == before


def test_what_nothing_names_is_not_taken_from_a_copy(installation: Installation, tmp_path: Path) -> None:
    services, copy = installation.services, tmp_path / "published"
    snapshot = back_up(services.database)
    with services.database.write() as connection:
        stray = put(connection, b"+++\nnamed by nothing", MARKDOWN, public=True)
    installation.signs("ada@example.org")
    installation.confirms("ada@example.org")
    installation.records()
    publish_to(installation, copy)
    assert (copy / "documents" / stray).exists()
    put_back(services.database, snapshot)
    restore(installation, copy)
    with services.database.read() as connection, pytest.raises(NotFound):
        get(connection, stray)
