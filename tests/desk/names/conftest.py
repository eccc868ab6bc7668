"""A letter that names those who let its addressee know, from the form to the package, with real commands and pages."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from service.letters.approval import load_letter
from service.letters.links import link_of
from service.operations.work import passes
from tests.desk.test_commands import (
    Terminal,
    terminal,  # noqa: F401
)
from tests.installation import REF, Installation
from tests.kept import Kept, Told

NAMES = ["Ayşe Örnek", "ئۈلگە كىشى", "示例人 🙂", "=HYPERLINK(1)", "Пример משל", 'Ada "A" <b>Example</b>']
QUIET = "Quiet Person"


@dataclass
class Named:
    """An appeal whose signers are named in a letter, and what people and the worker do with it."""

    terminal: Terminal
    pages: dict[str, str] = field(default_factory=dict)  # of the supporters, by name
    letter: str = ""

    @property
    def services(self) -> Any:
        """Return the installation's services."""
        return self.terminal.installation.services

    @property
    def state(self) -> Any:
        """Return the letter as its events left it."""
        return load_letter(self.services.log, self.letter)

    @property
    def path(self) -> str:
        """Return the path of the link."""
        with self.services.database.read() as connection:
            return link_of(connection, self.services.keys, self.letter, "")

    def signs(self, name: str, disclosure: str = "addressee", country: str = "CZ") -> None:
        """Let somebody sign."""
        installation, email = self.terminal.installation, f"signer{len(self.pages)}@example.org"
        installation.signs(email, name, disclosure=disclosure, country=country)
        self.pages[name] = installation.confirms(email)

    def acts(self, name: str, **fields: str) -> None:
        """Let somebody press a button on their own page."""
        answer = self.terminal.installation.client().post(self.pages[name], data=fields)
        assert answer.status_code < 400, answer.text

    def works(self, *names: str) -> None:
        """Let the worker do these passes, and follow the log before and after."""
        found = {each.name: each for each in passes(self.services)}
        for name in ("recorder", "projections", "publisher", *names, "projections"):
            while found[name].run():
                pass

    def composes(self, options: str = "--names") -> str:
        """Compose the letter and return its id."""
        self.works()
        told = self.terminal.does(f"letter compose {REF} L1 {options} {self.terminal.as_('olga')}")
        self.letter = re.findall(r"as (l_[A-Za-z0-9]{10}):", told)[0]
        return self.letter

    def approves(self) -> str:
        """Let two people approve the letter, and return what they were shown."""
        asked = self.terminal.does(f"letter approve {self.letter} {self.terminal.as_('olga')}")
        self.terminal.approves(asked, by="rosa")
        self.works("names")
        return asked

    def links(self) -> str:
        """Let two people decide on the link, let the worker make the package, and return the link's path."""
        asked = self.terminal.does(f"letter link {self.letter} {self.terminal.as_('olga')}")
        self.terminal.approves(asked, by="rosa")
        self.works("names")
        return self.path

    def presses(self, action: str = "fetch", path: str = "") -> Any:
        """Press a button of the page behind the link."""
        return self.terminal.installation.client().post(path or self.path, data={"action": action})

    def fetches(self) -> dict[str, bytes]:
        """Fetch the package and return its files."""
        answer = self.presses()
        assert answer.status_code == 200, answer.text
        return unzipped(answer.data)

    def given_up(self) -> tuple[Installation, Told]:
        """Return the installation, for others to have copies of, and what its people know."""
        installation, told = self.terminal.given_up()
        return installation, {"terminal": told, "pages": self.pages, "letter": self.letter}

    def names(self) -> list[str]:
        """Fetch the package and return who is named."""
        return names_in(self.fetches())


def unzipped(content: bytes) -> dict[str, bytes]:
    """Return the members of a ZIP file, which are sorted and not compressed."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        listed = archive.infolist()
        assert [one.filename for one in listed] == sorted(one.filename for one in listed)
        assert {one.compress_type for one in listed} == {zipfile.ZIP_STORED}
        return {one.filename: archive.read(one) for one in listed}


def names_in(files: dict[str, bytes]) -> list[str]:
    """Return who is named in a package."""
    return [one["person"]["name"] for one in json.loads(files["openings.json"])["openings"]]


@pytest.fixture
def named(kept: Kept, request: pytest.FixtureRequest, dialect: str, tmp_path: Path) -> Iterator[Named]:
    """Return an appeal that seven people signed, six of whom let the addressee know."""

    def make() -> tuple[Installation, Told]:
        made = Named(request.getfixturevalue("terminal"))
        for number, name in enumerate(NAMES):
            made.signs(name, "public" if number % 2 else "addressee")
        made.signs(QUIET, "counted")
        return made.given_up()

    with kept.lent(f"named-{dialect}", tmp_path, make) as (installation, told):
        yield Named(Terminal(installation, tmp_path, **told.pop("terminal")), **told)


@pytest.fixture
def linked(kept: Kept, request: pytest.FixtureRequest, dialect: str, tmp_path: Path) -> Iterator[Named]:
    """Return the same with an approved letter whose addressee has a link."""

    def make() -> tuple[Installation, Told]:
        made = request.getfixturevalue("named")
        made.composes()
        made.approves()
        made.links()
        return made.given_up()

    with kept.lent(f"linked-{dialect}", tmp_path, make) as (installation, told):
        yield Named(Terminal(installation, tmp_path, **told.pop("terminal")), **told)
