"""News in several languages: each reader gets their own, the others the original with a line that says so."""

from __future__ import annotations

from pathlib import Path

import pytest

from service.archive import documents
from service.campaigns.commands import TakeDocumentDown
from service.campaigns.news_document import read_news_document
from service.campaigns.takedown import take_document_down
from service.campaigns.telling import read_news
from tests.installation import REF
from tests.news.conftest import BODY, HEAD, SUBJECT, Newsroom

TURKISH = HEAD | {"language": "tr", "title": "Duruşma yapıldı", "translates": "update.md", "state": "reviewed"}
TURKISH_BODY = "Mahkeme iki tarafı da dinledi.\n"


def written(folder: Path, name: str, head: dict[str, str], body: str = BODY) -> Path:
    path = folder / name
    path.write_text("\n".join(["+++", *(f'{key} = "{value}"' for key, value in head.items()), "+++", "", body]))
    return path


def test_each_reader_gets_their_language_else_the_original_with_a_line_that_says_so(room: Newsroom) -> None:
    for who, lang in (("ada", "en"), ("ben", "tr"), ("cy", "ar")):
        room.joins(f"{who}@example.org", lang=lang)
    room.mixes()
    room.tells((TURKISH, TURKISH_BODY))
    assert (room.works(), room.works()) == (3, 0)
    found = {who: room.news(f"{who}@example.org")[0] for who in ("ada", "ben", "cy")}
    assert {who: mail["Subject"] for who, mail in found.items()} == {
        "ada": SUBJECT, "ben": TURKISH["title"], "cy": SUBJECT
    }  # fmt: skip
    bodies = {who: mail.get_content() for who, mail in found.items()}
    assert TURKISH_BODY.strip() in bodies["ben"]
    assert bodies["ada"].startswith(SUBJECT)
    assert bodies["ben"].startswith(TURKISH["title"])
    assert bodies["cy"].startswith("لغة هذا الخبر: الإنجليزية")
    assert "Çağrı" in bodies["ben"].partition("-- ")[2]  # beneath it, the reader's language as ever

    shown = {lang: room.at.client().get(f"/{lang}/c/{REF}/updates").text for lang in ("en", "tr", "ar")}
    feeds = {lang: room.at.client().get(f"/{lang}/c/{REF}/feed.atom").text for lang in ("en", "tr", "ar")}
    for pages in (shown, feeds):
        assert [lang for lang, page in pages.items() if TURKISH["title"] in page] == ["tr"]
        assert [lang for lang, page in pages.items() if SUBJECT in page] == ["en", "ar"]
        assert [lang for lang, page in pages.items() if "الإنجليزية" in page] == ["ar"]  # it says: English


def test_all_its_languages_are_one_document_and_are_taken_down_as_one(room: Newsroom) -> None:
    document = room.tells((TURKISH, TURKISH_BODY))
    services = room.at.services
    with services.database.read() as connection:
        original, turkish = read_news_document(documents.get(connection, document).bytes())
    assert (original.body, original.fields["title"], original.fields["kind"]) == (BODY, SUBJECT, "update")
    assert (turkish.body, turkish.fields["title"], turkish.fields["ref"]) == (TURKISH_BODY, TURKISH["title"], REF)
    assert "state" not in turkish.fields
    with services.log.transaction() as connection:
        take_document_down(TakeDocumentDown(document, "rights", 2, room.at.clock.now()), services.log, connection)
    room.at.records()
    for lang in ("en", "tr"):
        page = room.at.client().get(f"/{lang}/c/{REF}/updates").text
        assert TURKISH["title"] not in page
        assert SUBJECT not in page
    assert room.at.client().get(f"/log/documents/{document}").status_code == 410


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"language": "fr"}, "update.tr.md:3: language is fr, which the appeal has not: en, tr"),
        ({"language": "en"}, "update.tr.md:3: a file in en stands before this one"),
        ({"translates": "other.md"}, "update.tr.md:6: translates is not update.md, the first file"),
        ({"state": "machine"}, "update.tr.md:7: state"),
        ({"state": ""}, "update.tr.md:7: state"),
    ],
)
def test_what_is_wrong_with_a_translation_is_named_by_line(tmp_path: Path, changed: dict[str, str], said: str) -> None:
    files = [written(tmp_path, "update.md", HEAD), written(tmp_path, "update.tr.md", TURKISH | changed)]
    _, problems = read_news(files, ["en", "tr"])
    assert [str(one) for one in problems if str(one).startswith(said)], problems


def test_files_without_problems_are_read_the_original_first(tmp_path: Path) -> None:
    files = [written(tmp_path, "update.md", HEAD), written(tmp_path, "update.tr.md", TURKISH, TURKISH_BODY)]
    found, problems = read_news(files, ["en", "tr"])
    assert problems == []
    assert [one.body for one in found] == [BODY, TURKISH_BODY]
