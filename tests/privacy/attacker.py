"""An attacker who polls every public address after every event, and subtracts what it said from what it says now.

The addresses come from the application's own map: a new page is polled, or, if it takes something that the attacker
does not know how to fill in, the test fails until somebody says what an attacker would put there.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections import Counter
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any
from zipfile import ZipFile

from service.audit.merkle import root_of
from service.audit.replay import replay
from service.campaigns.events import TallyPublished
from service.campaigns.queries import campaign_by_ref
from service.letters.queries import letters_of
from service.publishing.leaves import leaves
from service.publishing.shown import newest_shown
from tests.installation import REF, Installation

SECRET = {"token", "message_id"}  # whoever has one of these holds the mailbox
FRESH = re.compile(r'<input type="hidden"[^>]*>')  # form tokens are new at each look
MARKUP = re.compile(r"<(style|script|time|text)\b.*?</\1>|<data value=\"\d+\">|<[^>]+>", re.DOTALL)  # text: of an axis
HIDDEN = re.compile(r'<!--(.*?)-->|\b(?:content|title|alt|label|aria-[a-z]+|data-[a-z-]+)="([^"]*)"', re.DOTALL)
NUMBER = re.compile(r"(?<![\w.-])\d[\d,.\u00a0\u202f]*(?![\w-])")
DATE = re.compile(r"\d{1,2}[- ]\w+\u060c? \d{4}|\w+ \d{1,2}, \d{4}")  # as the four languages write days
WORDS = 4  # before a number: what it is the number of

END_OF_ZIP = b"PK\5\6"
FILES = (".pdf", ".zip")
PROOF = re.compile(r"[A-Za-z0-9+/_-]{40,}=*")  # hashes and signatures of the log, in a package
PUBLISHED = ("/log/checkpoint", "/log/tile/")  # hashes: what they tell is compared with the log, byte by byte

Cells = dict[tuple[str, str], int]


@dataclass
class Attacker:
    """What was seen last, and what was learnt from looking again."""

    installation: Installation
    least: int  # people among whom one can hide
    answers: dict[str, str] = field(default_factory=dict)
    size: int = 0
    known: set[int] = field(default_factory=set)
    learnt: list[str] = field(default_factory=list)

    def addresses(self) -> list[str]:
        """Return every public address. :raises AssertionError: naming what nobody told the attacker how to fill in."""
        app, found = self.installation.app, []
        with app.test_request_context():
            for rule in app.url_map.iter_rules():
                if "GET" not in (rule.methods or ()) or SECRET & rule.arguments or rule.endpoint.startswith("mailbox."):
                    continue
                wanted = rule.arguments - set(rule.defaults or {})
                is_file = rule.rule.endswith(FILES)  # dear to make, and the same in every language
                fillings: list[dict[str, str]] = [{}]
                for name in sorted(wanted):
                    assert name in self._values, f"{rule}: what does an attacker put for <{name}>?"
                    fillings = [
                        one | {name: value}
                        for one in fillings
                        for value in self._values[name][: 1 if is_file else None]
                    ]
                for one in fillings:
                    built = rule.build(one | (rule.defaults or {}))
                    assert built is not None
                    found.append(built[1])
        return sorted(found)

    def looks(self) -> None:
        """Poll all addresses, and note what the difference tells that the log does not."""
        public = list(leaves(self.installation.services.database))
        known, answers = self._known_from(public), self._answers(public)
        for address in answers.keys() & self.answers.keys():
            if len(public) == self.size and answers[address] != self.answers[address]:
                self.learnt.append(f"{address} changed, and nothing was appended")
            self._subtract(address, cells(self.answers[address]), cells(answers[address]), self.known | known)
        self.answers, self.size, self.known = answers, len(public), known

    def _subtract(self, address: str, before: Cells, after: Cells, known: set[int]) -> None:
        if address.endswith(".pdf") and before != after:
            self.learnt.append(f"{address} is a letter, and changed")
        for label, number in after.items():
            was = before.get(label, 0)
            if 0 < abs(number - was) < self.least and not {number, was or number} <= known:
                self.learnt.append(f"{address}: {label[0]} went from {was} to {number}")

    def _answers(self, public: list[bytes]) -> dict[str, str]:
        client, found = self.installation.client(), {}
        for path in self.addresses():
            answer = client.get(path)
            if not path.startswith(PUBLISHED):
                found[path] = FRESH.sub("", text_of(path, answer.get_data()))
            elif answer.status_code == 200 and answer.get_data() != self._published(path, answer.get_data(), public):
                self.learnt.append(f"{path} tells what the log does not")
        return found

    def _published(self, path: str, told: bytes, public: list[bytes]) -> bytes:
        """Return what a file of the published log has to be, by the log alone (a checkpoint: without signatures)."""
        if path.startswith("/log/tile/entries/"):
            return b"".join(len(leaf).to_bytes(2, "big") + leaf for leaf in public[: self._shown])
        hashes = [hashlib.sha256(b"\0" + leaf).digest() for leaf in public[: self._shown]]
        if path.startswith("/log/tile/"):
            return b"".join(hashes)
        signed = re.compile(rb"(\n\xe2\x80\x94 \S+ [A-Za-z0-9+/=]+)+\n\Z").search(told)
        origin = self.installation.services.settings.origin
        body = f"{origin}\n{self._shown}\n{base64.b64encode(root_of(hashes)).decode()}\n"
        return body.encode() + (signed[0] if signed else b"")

    @property
    def _shown(self) -> int:
        with self.installation.services.database.read() as connection:
            newest = newest_shown(connection)
        return newest.size if newest else 0

    def _known_from(self, public: list[bytes]) -> set[int]:
        """Return the numbers that anybody can count in the log without a tally, and those of the rule itself."""
        report = replay(public)
        (found,) = report.campaigns.values()
        counts = [found.active, found.outdated, found.withdrawn, found.invalidated]
        days = Counter(re.search(rb'"day":"([0-9-]+)"', leaf)[1] for leaf in public if b'"signature.' in leaf)  # type: ignore[index]
        tallies = [json.loads(leaf) for leaf in public if b'"tally.published"' in leaf]
        replayed = ("at_size", "active", "outdated", "withdrawn", "invalidated")  # anybody finds these in the log
        last = max((size for size, leaf in enumerate(public, 1) if b'"signature.' in leaf), default=0)
        told = {len(public), last, *(one[name] for one in tallies for name in replayed)}
        return {*counts, sum(counts), *days.values(), *told, self.least, self.least - 1}

    @property
    def _values(self) -> dict[str, list[str]]:
        services = self.installation.services
        with services.database.read() as connection:
            campaign = campaign_by_ref(connection, REF)
            letters = [one.id for one in letters_of(connection, campaign.id)]
        return {
            "lang": list(services.settings.languages), "ref": [REF], "letter": letters or ["l_0000000000"],
            "sha256": [campaign.text], "rest": [f"{level}/000.p/{self._shown}" for level in ("0", "entries")],
            "code": ["0" * 16], "name": ["x"],
        }  # fmt: skip


def text_of(path: str, answer: bytes) -> str:
    """Return what an answer tells: of a package its files and what comes after, of a printed letter which it is."""
    if path.endswith(".pdf") and answer.startswith(b"%PDF"):
        return str(int.from_bytes(hashlib.sha256(answer).digest()))
    if not path.endswith(".zip") or not answer.startswith(b"PK"):
        return answer.decode("utf-8", "replace")
    with ZipFile(BytesIO(answer)) as package:
        told = [text_of(name, package.read(name)) for name in package.namelist()]
    after = answer[answer.rindex(END_OF_ZIP) + len(END_OF_ZIP) + 18 :]
    return PROOF.sub("", "\n".join([*told, after.decode("utf-8", "replace")]))


def cells(answer: str) -> Cells:
    """Return each number of an answer by the words before it, and which of those it is."""
    hidden = " ".join(" ".join(pair) for pair in HIDDEN.findall(answer))  # what a screen does not show
    text = DATE.sub("day", " ".join(f"{MARKUP.sub(' ', answer)} {hidden}".split()))
    seen, found = Counter[str](), {}
    for match in NUMBER.finditer(text):
        label = NUMBER.sub("#", " ".join(text[: match.start()].split()[-WORDS:]))
        seen[label] += 1
        digits = re.sub(r"\D", "", match[0])
        found[label, str(seen[label])] = int(digits)
    return found


def tallies(installation: Installation) -> list[Any]:
    """Return the tallies that the log tells."""
    entries = installation.services.log.entries(0, 10_000)
    return [entry.event for entry in entries if isinstance(entry.event, TallyPublished)]
