"""Every PDF of a letter is PDF/A-3a and PDF/UA-1, in every language and form."""

from __future__ import annotations

import pytest

from service.letters.annex import Figures, tally_rows
from service.letters.package import Package, make_package
from tests.letters.examples import Example
from tests.letters.validation import faults, rules_checked

REGISTER = [(n, f"{n:05d}AbCdEfGhIjKlMnOpQ", f"2026-03-{n % 28 + 1:02d}") for n in range(40)]
LETTERS = {
    "a court's, in Turkish and English": Example(),
    "a court's, in Turkish and Uyghur": Example(languages=("tr", "ug")),
    "a draft": Example(stamp="unreviewed"),
    "a ministry's, without a stamp, with a copy": Example(
        kind="ministry_petition", addressee="tr-goc-idaresi", stamp="", copies=("unhcr-turkiye",)
    ),
    "an embassy's": Example(kind="embassy_copy", addressee="unhcr-turkiye", languages=("en",)),
    "one with a register": Example(annex="register", rows=REGISTER),
    "one with countries": Example(rows=tally_rows(Figures(9, 30, 0, 0, 0, {"DE": 12, "TR": 10}, 8))),
    "one that nobody signed": Example(annex="register", rows=[]),
}


def _pdfs(package: Package) -> dict[str, bytes]:
    return {"letter": package.pdf, **{name: one for name, one in package.others.items() if name.endswith(".pdf")}}


@pytest.mark.parametrize("example", LETTERS.values(), ids=LETTERS.keys())
def test_each_pdf_of_a_letter_keeps_both_standards(example: Example) -> None:
    for name, pdf in _pdfs(make_package(example.sources())).items():
        assert faults(pdf) == [], name


def test_all_rules_of_both_standards_are_checked() -> None:
    assert rules_checked(make_package(Example().sources()).pdf) == {"3a": (156, 156), "ua1": (104, 104)}


def test_it_refuses_a_broken_pdf() -> None:
    pdf = make_package(Example().sources()).pdf
    untagged = pdf.replace(b"/MarkInfo", b"/MarkXnfo")
    assert untagged != pdf
    assert any(fault.startswith("3a") for fault in faults(untagged))
    assert any(fault.startswith("ua1") for fault in faults(untagged))


def test_a_long_register_comes_in_volumes_with_the_data_in_the_first() -> None:
    rows = [(n, f"{n:05d}AbCdEfGhIjKlMnOpQ", "2026-03-01") for n in range(5_001)]
    package = make_package(Example(annex="register", rows=rows, languages=("tr",)).sources())
    volumes = {name: pdf for name, pdf in package.others.items() if name.endswith(".pdf")}
    assert list(volumes) == ["istanbul-two-L1-annex-a-tr-1.pdf", "istanbul-two-L1-annex-a-tr-2.pdf"]
    assert [b"annex-a.csv" in pdf for pdf in volumes.values()] == [True, False]
    assert [faults(pdf) for pdf in volumes.values()] == [[], []]
