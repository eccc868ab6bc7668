"""A letter of the example appeal with all its documents, made without a database."""

from __future__ import annotations

import base64
import tomllib
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec

from service.eventlog.canonical import canonical, document_hash
from service.letters.annex import Figures, Row, tally_rows
from service.letters.composition import Carried, LetterInput, compose
from service.letters.sources import Sources
from service.letters.template import current_template
from service.letters.wording import read_wording

APPEAL = Path(__file__).parents[2] / "examples" / "istanbul-two"
HEX = "0123456789abcdef" * 4
UYGHUR_HEADING = [
    "تۈركىيە جۇمھۇرىيىتى ئاساسىي قانۇن سوت مەھكىمىسىنىڭ رەئىسىگە",
    "ئەنقەرە",
]  # machine-made, for the look
UYGHUR_SALUTATION, UYGHUR_CLOSING = "ھۆرمەتلىك رەئىس ۋە سوت ئەزالىرى،", "ھۆرمەت بىلەن،"
SIGNATURE = "AbCdEfGhIjKlMnOpQrStUv"


@dataclass
class Example:
    """A letter to be made: change a field, then ask for its sources."""

    kind: str = "court_open_letter"
    addressee: str = "tr-anayasa-mahkemesi"
    languages: tuple[str, ...] = ("tr", "en")
    annex: str = "tally"
    stamp: str = "demonstration"
    copies: tuple[str, ...] = ()
    rows: list[Row] = field(default_factory=lambda: tally_rows(Figures(2345, 1234, 3, 21, 4)))
    organizer: dict[str, Any] = field(
        default_factory=lambda: {
            "name": "Demonstration Organizer (not a real organisation)",
            "address": ["1 Nowhere Street", "0000 Exampletown"],
            "signed_by": "Example Signatory",
        }
    )
    active: int = 1234
    changes: dict[str, Any] = field(default_factory=dict)  # of the appeal document
    wording_changes: dict[str, str] = field(default_factory=dict)  # replaced in every wording
    documents: dict[str, bytes] = field(default_factory=dict)

    def put(self, content: bytes) -> str:
        """Keep a document and return its hash."""
        self.documents[document_hash(content)] = content
        return document_hash(content)

    def sources(self) -> Sources:
        """Return the letter with its documents."""
        wordings = {language: self._wording(language) for language in self.languages}
        template = replace(
            current_template("https://petitions.example.org/verify/", "istanbul-two/L1"),
            stamps={language: self.stamp for language in self.languages if self.stamp},
            copies=[self.put(canonical(self.record_of(copy))) for copy in self.copies],
            carried=self._carried(),
        )
        record = self.record_of(self.addressee)
        letter = LetterInput(
            letter="l_EXAMPLE123",
            campaign="c_EXAMPLE123",
            addressee=self.addressee,
            record=self.put(canonical(record)),
            kind=self.kind,
            day="2026-03-02",
            at_size=2345,
            root=base64.b64encode(sha256(b"root").digest()).decode(),
            text=self._text(),
            wordings={language: self.put(found) for language, found in wordings.items()},
            languages=list(self.languages),
            template=self.put(template.document()),
            active=self.active,
            named=0,
            annex=self.annex,
            carries=Carried(letter="l_EXAMPLE222", pdf=HEX) if self.kind == "embassy_copy" else msgspec.UNSET,
        )
        read = {language: read_wording(found, language) for language, found in wordings.items()}
        return Sources(compose(letter, record, read), self.documents.__getitem__, self.rows)

    def record_of(self, slug: str) -> dict[str, Any]:
        """Return an addressee's record."""
        return record_of(slug)

    def appeal(self) -> dict[str, Any]:
        """Return what of the appeal letters print."""
        return appeal_of()

    def _carried(self) -> dict[str, str]:
        record = self.put(canonical(self.record_of("tr-goc-idaresi")))
        return {"ref": "istanbul-two/L2", "day": "2026-03-01", "record": record} if self.kind == "embassy_copy" else {}

    def _text(self) -> str:
        appeal = {**self.appeal(), "organizer": self.organizer, **self.changes}
        head = (
            f'+++\nformat = "undersigned-text/1"\nref = "istanbul-two"\nappeal = "{self.put(canonical(appeal))}"\n+++\n'
        )
        return self.put((head + "\nWe, the undersigned.\n").encode())

    def _wording(self, language: str) -> bytes:
        source = (
            (APPEAL / "letters" / f"{self.kind}.{language}.md").read_text() if language != "ug" else uyghur(self.kind)
        )
        for old, new in self.wording_changes.items():
            assert old in source
            source = source.replace(old, new)
        return source.encode()


def appeal_of() -> dict[str, Any]:
    """Return the parts of the example appeal that letters print."""
    read = tomllib.loads((APPEAL / "appeal.toml").read_text())
    return {name: read[name] for name in ("title", "persons", "legal_bases", "demands")}


def record_of(slug: str) -> dict[str, Any]:
    """Return an addressee's record of the example appeal."""
    read = tomllib.loads((APPEAL / "addressees.toml").read_text())
    record = next(record for record in read["addressees"] if record["id"] == slug)
    for part, value in {"heading": UYGHUR_HEADING, "salutation": UYGHUR_SALUTATION, "closing": UYGHUR_CLOSING}.items():
        record[part]["ug"] = value if part == "heading" else {"court_open_letter": value}
    return dict(record)


def uyghur(kind: str) -> str:
    """Return a wording in Uyghur, machine-made and read by nobody, to see right-to-left pages."""
    assert kind == "court_open_letter"
    return (Path(__file__).parent / "court_open_letter.ug.md").read_text()
