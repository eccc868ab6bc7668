"""Every event of a letter has words of its own on the pages."""

from __future__ import annotations

from pathlib import Path

from service.letters.events import LetterEvent
from tests.web.letter_samples import LETTER_EVENTS

TEMPLATES = Path(__file__).parents[2] / "service" / "templates" / "letters"


def public_events() -> set[str]:
    """Return the names of the public events."""
    tags = (str(event.__struct_config__.tag) for event in LetterEvent.__subclasses__() if event.PUBLIC)
    return {tag.removeprefix("letter.") for tag in tags}


def test_every_public_event_has_a_template_and_a_sample() -> None:
    assert {path.stem.removeprefix("_event_") for path in TEMPLATES.glob("_event_*.html")} == public_events()
    assert {name for name, _ in LETTER_EVENTS} == public_events()
