"""The files of annex B: any name in any script, empty, in volumes, and the same bytes each time."""

from __future__ import annotations

import functools
import json
from pathlib import Path

import pytest

from service.letters import packing
from service.letters.naming import Naming, make_naming
from service.letters.package import make_package
from service.letters.packing import annex_b
from service.letters.printing_annex import volumes
from service.letters.zipped import letter_files, zipped
from service.signatures.queries import NamedSigner
from service.vault.annexes import Member
from service.vault.commitments import names_commitment
from tests.letters.made_up import MadeUp

NAMES = [
    "Ayşe Örnek", "Nguyễn Văn Mẫu", "Παράδειγμα Όνομα", "Пример Имя", "Օրինակ Անուն", "מדגם שם", "مثال الاسم",
    "ئۈلگە كىشى", "ܡܬܠܐ", "ދިވެހި", "उदाहरण नाम", "উদাহরণ", "ਉਦਾਹਰਨ", "ઉદાહરણ", "ଉଦାହରଣ", "எடுத்துக்காட்டு", "ఉదాహరణ",
    "ಉದಾಹರಣೆ", "ഉദാഹരണം", "උදාහරණය", "ตัวอย่าง ชื่อ", "ຕົວຢ່າງ", "དཔེར་བརྗོད", "ဥပမာ", "მაგალითი", "ምሳሌ", "ᎠᏓᏅᏙ", "ឧទាហរណ៍",
    "ᠵᠢᠱᠢᠶ᠎ᠡ", "例の名前", "예시 이름", "示例人", "🙂👩‍👩‍👧", "=HYPERLINK(\"x\")", "@SUM(1)",
    "#read(\"/etc/passwd\") $x$ *b*", "<script>",
    "A" * 120, "o\u0301\u0302\u0303\u0304", "نام\u200cها", "\\", "\"", "Ada, \"A\"; B",
]  # fmt: skip


def signers(number: int) -> list[NamedSigner]:
    """Return made-up signers of every script."""
    people = [{"name": name} | ({"country": "CZ"} if len(name) % 2 else {}) for name in NAMES]
    opened = [{"contact": "B" * 43, "person": person, "r2": "C", "r3": "D"} for person in people]
    return [NamedSigner(Member(f"{n:021}A", 3 * n + 1, "A" * 43), opened[n % len(opened)]) for n in range(number)]


def naming(number: int) -> Naming:
    return make_naming(("l_EXAMPLE123", "c_EXAMPLE123", 9), signers(number), "A" * 86)


@pytest.fixture
def letter(tmp_path: Path) -> MadeUp:
    """Return a made-up letter in Turkish, Uyghur and English."""
    return MadeUp(languages=("tr", "ug", "en"))


def test_names_of_all_scripts_are_typeset_and_the_file_has_them_as_they_are(letter: MadeUp) -> None:
    made = naming(len(NAMES))
    files = annex_b(letter.sources(), made, "ab" * 32)
    assert sorted(files) == sorted(
        ["openings.json", *(f"istanbul-two-L1-annex-b-{one}.pdf" for one in letter.languages)]
    )
    found = json.loads(files["openings.json"])
    assert [one["person"]["name"] for one in found["openings"]] == NAMES
    assert all(content.startswith(b"%PDF-") for name, content in files.items() if name.endswith(".pdf"))
    assert annex_b(letter.sources(), made, "ab" * 32) == files


def test_an_empty_annex_names_nobody_and_commits_to_nothing(letter: MadeUp) -> None:
    assert naming(0).commitment == ""
    assert json.loads(naming(0).file)["openings"] == []
    assert len(annex_b(letter.sources(), naming(0), "ab" * 32)) == 1 + len(letter.languages)


def test_many_names_stand_in_volumes_as_a_list(letter: MadeUp, monkeypatch: pytest.MonkeyPatch) -> None:
    letter.languages = ("tr",)
    monkeypatch.setattr(packing, "volumes", functools.partial(volumes, most=1_500))
    files = annex_b(letter.sources(), naming(2_000), "ab" * 32)
    assert sorted(files) == ["istanbul-two-L1-annex-b-tr-1.pdf", "istanbul-two-L1-annex-b-tr-2.pdf", "openings.json"]


def test_the_commitment_is_over_the_exact_bytes_and_tells_nothing_without_its_opening_value() -> None:
    made = naming(7)
    assert made.commitment == names_commitment(bytes(64), made.file)
    assert make_naming(("l_EXAMPLE123", "c_EXAMPLE123", 9), signers(7)).commitment != made.commitment


def test_the_same_files_are_zipped_to_the_same_bytes_and_say_how_to_check_them(letter: MadeUp) -> None:
    sources = letter.sources()
    made = make_package(sources)
    kept = {"pdf": made.pdf, "plain": made.plain, "annex": made.annex, "input": sources.letter.document()}
    hashes = {name: letter.put(content) for name, content in kept.items()}
    for content in made.others.values():
        letter.put(content)
    files = letter_files(letter.sources(), hashes, ("note\n", [bytes(32)]))
    first = zipped(files, sources, 3)
    assert zipped(dict(reversed(files.items())), sources, 3) == first
    for language in letter.languages:
        assert f"README.{language}.txt".encode() in first
    assert b"python -m service.audit package" in first
