"""The sheet that is signed on paper: in every language, made before anybody asks, and none for people at risk."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result

from service.clock import FixedClock
from service.letters.paper_cli import sheet as sheet_command
from service.letters.printing import Printed
from service.letters.sheet import KIND, Site, labels_in, make_sheets, sheet_data
from service.letters.sheet_text import text_blocks
from service.letters.template import STATES, typst_source
from service.letters.typesetting import TypesettingFailed, typeset
from service.operations.work import passes
from service.store.database import Database
from service.store.tables import campaign, campaign_text, document
from tests.installation import REF, Installation, install
from tests.letters.made_up import LANGUAGES
from tests.letters.sheets import CONSENT, SITE, sheet_campaign, sheet_text
from tests.letters.test_names_of_all_scripts import NAMES
from tests.letters.validation import faults


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_is_a_valid_pdf_in_each_language(language: str) -> None:
    printed = sheet_data(sheet_campaign(), sheet_text(language), CONSENT, SITE)
    assert printed["lang"] == language
    assert faults(typeset(printed, typst_source("sheet.typ"))) == []


def test_whatever_stands_in_title_and_text_it_is_printed() -> None:
    words = "\n\n".join(NAMES.values())
    settings = {**sheet_campaign().settings, "organizer": {"name": NAMES["typst code"]}}
    printed = sheet_data(sheet_campaign(settings=settings), sheet_text("en", NAMES["typst markup"], words), words, SITE)
    assert faults(typeset(printed, typst_source("sheet.typ"))) == []


def test_a_language_without_words_of_its_own_has_english_ones() -> None:
    printed = sheet_data(sheet_campaign(), sheet_text("de"), CONSENT, SITE)
    assert (printed["lang"], printed["labels"]["name"]) == ("en", "Name")
    assert {labels_in(one)["state"] for one in LANGUAGES} <= set(STATES)
    assert all(labels_in(one).keys() == labels_in("en").keys() for one in LANGUAGES)


def test_each_choice_that_the_appeal_offers_has_a_column() -> None:
    labels = labels_in("en")
    assert sheet_data(sheet_campaign(), sheet_text("en"), "", SITE)["ticks"] == [labels["addressee"], labels["public"]]
    settings = {**sheet_campaign().settings, "disclosures": ["counted"]}
    assert sheet_data(sheet_campaign(settings=settings), sheet_text("en"), "", SITE)["ticks"] == []


def test_the_code_leads_to_the_form_in_a_language_of_the_pages() -> None:
    assert sheet_data(sheet_campaign(), sheet_text("tr"), "", SITE)["address"].endswith("/tr/c/made-up/sign")
    assert sheet_data(sheet_campaign(), sheet_text("fr"), "", SITE)["address"].endswith("/en/c/made-up/sign")


def test_a_machines_words_are_marked_on_the_sheet() -> None:
    assert (
        "otomatik" in sheet_data(sheet_campaign(), sheet_text("tr"), "", SITE)["note"]
        or "makine" in sheet_data(sheet_campaign(), sheet_text("tr"), "", SITE)["note"]
    )
    assert sheet_data(sheet_campaign(), sheet_text("en"), "", SITE)["note"] == ""


def test_markdown_becomes_blocks() -> None:
    found = text_blocks("## Why\n\nA **b** *c*\nd.\n\n1. one\n2. two\n   - in\n\n- x\n\n> said\n\n    code\n")
    assert [block["kind"] for block in found] == [
        "heading", "paragraph", "numbered", "bullets", "bullets", "paragraph", "paragraph"
    ]  # fmt: skip
    assert [span["s"] for span in found[1]["items"][0]] == ["", "strong", "", "emphasis", "", ""]
    assert len(found[2]["items"]) == 2


def _site(installation: Installation) -> Site:
    return Site(installation.services.settings.base_url, installation.services.settings.languages)


def _make(installation: Installation) -> int:
    return make_sheets(installation.services.database, _site(installation))


def test_no_request_makes_it_and_the_worker_makes_it_once(installation: Installation) -> None:
    address = f"/en/c/{REF}/sheet.pdf"
    assert installation.client().get(address).status_code == 503
    assert "sheets" in {one.name for one in passes(installation.services)}
    assert _make(installation) == 3  # en, tr, ug
    assert _make(installation) == 0
    assert f"/en/c/{REF}/sheet.pdf" in installation.client().get(f"/en/c/{REF}").get_data(as_text=True)
    for language in ("en", "tr", "ug"):
        answer = installation.client().get(f"/{language}/c/{REF}/sheet.pdf")
        assert (answer.status_code, answer.content_type) == (200, "application/pdf")
        assert answer.get_data().startswith(b"%PDF")
        assert answer.headers["Content-Disposition"] == f'inline; filename="{REF}-sheet-{language}.pdf"'


def test_another_text_makes_it_anew_and_leaves_nothing_of_the_old_one(installation: Installation) -> None:
    _make(installation)
    before = installation.rows(document)
    with installation.services.database.write() as connection:
        connection.execute(sa.update(campaign).values(closes="2026-06-30"))
    assert _make(installation) == 3
    assert installation.rows(document) == before
    with installation.services.database.write() as connection:
        connection.execute(sa.update(campaign).values(state="closed"))
    assert installation.client().get(f"/en/c/{REF}/sheet.pdf").status_code == 410
    assert _make(installation) == 3
    assert installation.rows(document) == before - 3
    assert _kept(installation) == 0


def test_one_that_cannot_be_made_keeps_no_other_from_it(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails_in_turkish(printed: Printed, template: str) -> bytes:
        return typeset(printed, "#nonsense" if printed["lang"] == "tr" else template)

    monkeypatch.setattr("service.letters.sheet.typeset", fails_in_turkish)
    with pytest.raises(TypesettingFailed, match="nonsense"):
        _make(installation)
    assert _kept(installation) == 2


def test_a_text_that_was_taken_down_has_no_sheet(installation: Installation) -> None:
    _make(installation)
    with installation.services.database.write() as connection:
        text = connection.execute(sa.select(campaign.c.text)).scalar_one()
        gone = sa.update(document).where(document.c.hash == text).values(content=None, removed="court-order")
        connection.execute(gone)
        of_text = (campaign_text.c.kind == "text") & (campaign_text.c.language != "en")
        connection.execute(sa.delete(campaign_text).where(of_text))
    assert installation.client().get(f"/en/c/{REF}/sheet.pdf").status_code == 410
    _make(installation)
    assert _kept(installation) == 0


def test_an_appeal_at_risk_has_none(database: Database, tmp_path: Path, clock: FixedClock) -> None:
    installation = install(database, tmp_path, clock, at_risk=True)
    assert _make(installation) == 0
    answer = installation.client().get(f"/en/c/{REF}/sheet.pdf")
    assert answer.status_code == 404
    assert "not signed on paper" in answer.get_data(as_text=True)
    assert "sheet.pdf" not in installation.client().get(f"/en/c/{REF}").get_data(as_text=True)
    assert _run(installation, "--language", "en", "--out", str(tmp_path / "x.pdf")).exit_code != 0
    assert not (tmp_path / "x.pdf").exists()
    installation.services.database.dispose()


def test_the_command_writes_the_same_sheet(installation: Installation, tmp_path: Path) -> None:
    out = tmp_path / "sheet.pdf"
    result = _run(installation, "--language", "tr", "--out", str(out))
    assert result.exit_code == 0, result.output
    _make(installation)
    assert installation.client().get(f"/tr/c/{REF}/sheet.pdf").get_data() == out.read_bytes()
    wrong = _run(installation, "--language", "fr", "--out", str(out))
    assert "name one of these" in wrong.output


def _run(installation: Installation, *arguments: str) -> Result:
    return CliRunner().invoke(sheet_command, [REF, *arguments], obj=installation.services)


def _kept(installation: Installation) -> int:
    with installation.services.database.read() as connection:
        chosen = sa.select(sa.func.count()).select_from(campaign_text).where(campaign_text.c.kind == KIND)
        return int(connection.execute(chosen).scalar_one())
