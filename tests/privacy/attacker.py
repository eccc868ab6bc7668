"""An attacker who polls every public address after every event, and subtracts what it said from what it says now.

The addresses come from the application's own map: a new page is polled, or, if it takes something that the attacker
does not know how to fill in, the test fails until somebody says what an attacker would put there.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from service.audit.replay import replay
from service.campaigns.events import TallyPublished
from service.campaigns.queries import campaign_by_ref
from service.publishing.leaves import leaves
from tests.installation import REF, Installation

SECRET = {"token", "message_id"}  # whoever has one of these holds the mailbox
FRESH = re.compile(r'<input type="hidden"[^>]*>')  # form tokens are new at each look
MARKUP = re.compile(r"<(style|script|time|text)\b.*?</\1>|<data value=\"\d+\">|<[^>]+>", re.DOTALL)  # text: of an axis
NUMBER = re.compile(r"(?<![\w.-])\d[\d,.\u00a0\u202f]*(?![\w-])")
DATE = re.compile(r"\d{1,2}[- ]\w+\u060c? \d{4}|\w+ \d{1,2}, \d{4}")  # as the four languages write days
WORDS = 4  # before a number: what it is the number of

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
                fillings: list[dict[str, str]] = [{}]
                for name in sorted(wanted):
                    assert name in self._values, f"{rule}: what does an attacker put for <{name}>?"
                    fillings = [one | {name: value} for one in fillings for value in self._values[name]]
                for one in fillings:
                    built = rule.build(one | (rule.defaults or {}))
                    assert built is not None
                    found.append(built[1])
        return sorted(found)

    def looks(self) -> None:
        """Poll all addresses, and note what the difference tells that the log does not."""
        public = list(leaves(self.installation.services.database))
        known, answers = self._known_from(public), self._answers()
        for address in answers if self.answers else ():
            if len(public) == self.size and answers[address] != self.answers[address]:
                self.learnt.append(f"{address} changed, and nothing was appended")
            self._subtract(address, cells(self.answers[address]), cells(answers[address]), self.known | known)
        self.answers, self.size, self.known = answers, len(public), known

    def _subtract(self, address: str, before: Cells, after: Cells, known: set[int]) -> None:
        for label, number in after.items():
            was = before.get(label, 0)
            if 0 < abs(number - was) < self.least and not {number, was or number} <= known:
                self.learnt.append(f"{address}: {label[0]} went from {was} to {number}")

    def _answers(self) -> dict[str, str]:
        client = self.installation.client()
        return {
            path: FRESH.sub("", client.get(path).get_data().decode("utf-8", "replace")) for path in self.addresses()
        }

    def _known_from(self, public: list[bytes]) -> set[int]:
        """Return the numbers that anybody can count in the log without a tally, and those of the rule itself."""
        report = replay(public)
        (found,) = report.campaigns.values()
        counts = [found.active, found.outdated, found.withdrawn, found.invalidated]
        days = Counter(re.search(rb'"day":"([0-9-]+)"', leaf)[1] for leaf in public if b'"signature.' in leaf)  # type: ignore[index]
        tallies = [json.loads(leaf) for leaf in public if b'"tally.published"' in leaf]
        replayed = ("at_size", "active", "outdated", "withdrawn", "invalidated")  # anybody finds these in the log
        told = {len(public), *(one[name] for one in tallies for name in replayed)}
        return {*counts, sum(counts), *days.values(), *told, self.least, self.least - 1}

    @property
    def _values(self) -> dict[str, list[str]]:
        services = self.installation.services
        with services.database.read() as connection:
            text = campaign_by_ref(connection, REF).text
        return {
            "lang": list(services.settings.languages), "ref": [REF], "letter": ["l_0000000000"], "sha256": [text],
            "rest": ["0/000", "entries/000"], "code": ["0" * 16], "name": ["x"],
        }  # fmt: skip


def cells(answer: str) -> Cells:
    """Return each number of an answer by the words before it, and which of those it is."""
    text, seen, found = DATE.sub("day", " ".join(MARKUP.sub(" ", answer).split())), Counter[str](), {}
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
