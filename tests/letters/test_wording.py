"""The wording of a letter is read strictly: what could be misread is refused, with line and advice."""

from __future__ import annotations

import pytest

from service.letters.wording import WordingRefused, read_wording
from tests.letters.examples import APPEAL

WORDINGS = sorted((APPEAL / "letters").glob("*.md"))
COURT = (APPEAL / "letters" / "court_open_letter.en.md").read_text()
MINISTRY = (APPEAL / "letters" / "ministry_petition.en.md").read_text()


def _refusal(source: str) -> str:
    with pytest.raises(WordingRefused) as refused:
        read_wording(source.encode(), "wording.md")
    return str(refused.value)


@pytest.mark.parametrize("path", WORDINGS, ids=lambda path: path.name)
def test_the_example_wordings_are_read(path: object) -> None:
    wording = read_wording(path.read_bytes(), path.name)  # type: ignore[attr-defined]
    assert path.name == f"{wording.kind}.{wording.language}.md"  # type: ignore[attr-defined]


def test_requests_in_a_court_letter_are_refused() -> None:
    said = _refusal(COURT.replace("## closing", "## requests\n\nPlease stop it.\n\n## closing"))
    assert "line 35: ## requests in a letter to a court: nobody may ask a court for a decision, take it out" in said


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('kind = "court_open_letter"', 'kind = "court_open_letter"\ncolour = "red"', "unknown key colour"),
        ('subject = "', 'subjects = "', "subject is missing"),
        ('direction = "ltr"', 'direction = "up"', "direction must be ltr or rtl"),
        ('kind = "court_open_letter"', 'kind = "court_order"', "kind court_order is not one of"),
        ('format = "undersigned-letter/1"', 'format = "undersigned-letter/9"', 'format must be "undersigned-letter/1"'),
        ("{count}", "{counts}", "{counts} is not a placeholder of this kind"),
        ("{count}", "{demands}", "{demands} is not a placeholder of this kind"),
        ("{count}", "{count", "{ is not a placeholder of this kind"),
        ("{neutral}", "This letter asks for nothing.", "{neutral} and nothing else"),
        ("{neutral}", "{neutral}\n\n{neutral}", "{neutral} and nothing else"),
        ("{neutral}", "{neutral} But see above.", "on a line of its own"),
        ("## closing", "## ending", "ending is not a section of a court_open_letter"),
        ("## closing", "## facts", "## facts stands there twice"),
        ("## closing", "### closing", "a heading that is not ## key"),
        ("## facts", "Hello.\n\n## facts", "(words before the first heading) is not a section"),
        ("The signers thank", "<b>The</b> signers thank", "raw HTML"),
        ("The signers thank", "[The signers](https://example.org) thank", "a link"),
        ("The signers thank", "![The](x.png) signers thank", "an image"),
        ("The signers thank", "- The signers thank", "a bullet list"),
        ("The signers thank", "> The signers thank", "a quotation"),
        ("The signers thank", "`The` signers thank", "code"),
    ],
)
def test_it_refuses_what_it_does_not_know(old: str, new: str, said: str) -> None:
    assert old in COURT
    assert said in _refusal(COURT.replace(old, new, 1))


def test_a_placeholder_of_courts_is_refused_elsewhere() -> None:
    assert "{neutral} is not a placeholder of this kind" in _refusal(MINISTRY.replace("{demands}", "{neutral}"))


def test_every_problem_is_told_at_once_in_order() -> None:
    lines = _refusal(COURT.replace("{size}", "{sizes}").replace("{verify}", "{code}")).split("\n")
    assert [("{sizes}" in lines[0]), ("{code}" in lines[1]), len(lines)] == [True, True, 2]


def test_it_refuses_bytes_that_are_no_wording() -> None:
    for source in (b"", b"\xff\xfe", b"# Hello\n", b"+++\nno toml\n+++\n## facts\n"):
        with pytest.raises(WordingRefused):
            read_wording(source)
