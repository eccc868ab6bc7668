"""What the templates about letters are shown with."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from tests.web.samples import CAMPAIGN, LETTER, LETTERS, REF

HIDDEN_LETTER = SimpleNamespace(**{**vars(LETTER), "public": False, "stamped": False, "text": "cc" * 32})
LETTER_EVENTS: list[tuple[str, dict[str, Any]]] = [
    ("composed", {"at_size": 1512, "active": 1240, "pdf": "dd" * 32}),
    ("approved", {"approvals": 2}),
    ("failed", {"attempt": 1, "class": "temporary"}),
    ("failed", {"attempt": 2, "class": "permanent"}),
    ("uncertain", {"attempt": 3}),
    ("handed_over", {"channel": "email", "attempt": 3, "approvals": 2}),
    *(("handed_over", {"channel": channel, "attempt": 4}) for channel in ("post", "kep", "web_form", "by_hand")),
    ("accepted", {}),
    ("bounced", {}),
    ("acknowledged", {}),
    *(
        ("answered", {"outcome": outcome, "version": version, "document": ("ff" if version == 2 else "ab") * 32})
        for version, outcome in enumerate(("interim", "answer", "refusal", "transfer", "correction"), 1)
    ),
    ("overdue", {"due": "2026-04-08"}),
    ("dropped", {"reason": "abandoned"}),
    ("dropped", {"reason": "replaced"}),
]
LETTER_PAGE: dict[str, Any] = {
    "campaign": CAMPAIGN,
    "letter": LETTER,
    "log_size": 1530,
    "files": [
        SimpleNamespace(name="letter.en.pdf", hash="dd" * 32, public=True),
        SimpleNamespace(name="annex.csv", hash="ee" * 32, public=False),
    ],
    "texts": [
        SimpleNamespace(language="tr", is_letter=True, paragraphs=[["Örnek mektup", "Ankara"], ["ab" * 32]]),
        SimpleNamespace(language="ar", is_letter=False, paragraphs=[["رسالة نموذجية"]]),
    ],
    "lines": [
        SimpleNamespace(entry=1512 + number, type=f"letter.{name}", day="2026-03-09", letter=LETTER.id, fields=fields)
        for number, (name, fields) in enumerate(LETTER_EVENTS)
    ],
    "released": {"ff" * 32},
    "due": "2026-04-08",
}
LETTERS_PAGE = {**LETTER_PAGE, "letters": LETTERS, "references": {LETTER.id: LETTER.reference}}
VERIFY_PAGE = {
    **LETTER_PAGE, "code": "0000000001-1512", "composed": LETTER_PAGE["lines"][0], "is_latest": True, "ref": REF,
    "pasted": "", "compared": None,
}  # fmt: skip
