"""Every state of every page: the template and what it is shown with."""

from __future__ import annotations

from typing import Any

from tests.web.samples import (
    ALL_WRONG,
    APPEAL_PAGE,
    AT_RISK,
    CAMPAIGN,
    CARD,
    CLOSED,
    CONFIRM,
    ERROR,
    FORM,
    GROWTH,
    HIDDEN_LETTER,
    LETTER_PAGE,
    LETTERS_PAGE,
    MESSAGE,
    MINE,
    MINE_AT_RISK,
    NO_COUNTS,
    SIGNATURE,
    TEXT,
    TEXT_UG,
    TOKEN,
    VERIFY_PAGE,
)

STATES: dict[str, tuple[str, dict[str, Any]]] = {
    "index": (
        "campaigns/index.html",
        {"open": [CARD, CARD | {"count": 1, "days_left": 1}], "closed": [CARD | {"days_left": None}]},
    ),
    "index-empty": ("campaigns/index.html", {"open": [], "closed": []}),
    "appeal": ("campaigns/appeal.html", APPEAL_PAGE),
    "appeal-translated": ("campaigns/appeal.html", APPEAL_PAGE | {"text": TEXT_UG}),
    "appeal-new-at-risk": (
        "campaigns/appeal.html",
        APPEAL_PAGE | {"campaign": AT_RISK, "counts": NO_COUNTS, "growth": [], "letters": []},
    ),
    "appeal-closed": (
        "campaigns/appeal.html",
        APPEAL_PAGE | {"campaign": CLOSED, "growth": GROWTH[:1], "days_left": None, "sign_url": None},
    ),
    "text-current": ("campaigns/text.html", {"campaign": CAMPAIGN, "text": TEXT, "is_current": True}),
    "text-earlier": ("campaigns/text.html", {"campaign": CAMPAIGN, "text": TEXT, "is_current": False}),
    "sign": ("signatures/sign.html", FORM),
    "sign-forgets": ("signatures/sign.html", FORM | {"forgets": True, "campaign": AT_RISK}),
    "sign-errors": (
        "signatures/sign.html",
        FORM | {"errors": ALL_WRONG, "form": {"email": "sample@", "country": "ZZ", "disclosure": "public"}},
    ),
    "sign-did-you-mean": (
        "signatures/sign.html",
        FORM
        | {
            "errors": [("email", "email-did-you-mean")],
            "suggestions": ["sample@gmail.com"],
            "form": {"full_name": "سامپل پېرسونوۋا", "email": "sample@gmial.com", "consent": "yes"},
        },
    ),
    "sign-text-changed": ("signatures/sign.html", FORM | {"changed": True, "text": TEXT_UG}),
    "sent": ("signatures/sent.html", {"campaign": CAMPAIGN, "text": TEXT}),
    "confirm": ("signatures/confirm.html", CONFIRM),
    "confirm-at-risk": ("signatures/confirm.html", CONFIRM | {"name": None, "title": None, "forgets": True}),
    "confirm-used": ("signatures/confirm.html", CONFIRM | {"used": True, "name": None}),
    "confirm-links": (
        "signatures/confirm.html",
        CONFIRM | {"kind": "mine", "name": None, "title": None, "error": "action-unknown"},
    ),
    "code": ("signatures/code.html", {"errors": [], "code": ""}),
    "code-wrong": ("signatures/code.html", {"errors": [("code", "link-unknown")], "code": "7QM2K 9STXX"}),
    "mine": ("signatures/mine.html", MINE),
    "mine-waiting-at-risk": ("signatures/mine.html", MINE_AT_RISK),
    "mine-opening": (
        "signatures/mine.html",
        MINE_AT_RISK | {"opening": {"name": "Sample Supporterova", "r1": "AA" * 43}},
    ),
    "mine-withdrawn": (
        "signatures/mine.html",
        MINE | {"signature": SIGNATURE | {"state": "withdrawn"}, "notice": "withdrawn"},
    ),
    "mine-invalidated": (
        "signatures/mine.html",
        MINE | {"signature": SIGNATURE | {"state": "invalidated"}, "promise": None},
    ),
    "mine-outdated": (
        "signatures/mine.html",
        MINE | {"signature": SIGNATURE | {"text_is_current": False}, "errors": [("action", "action-unknown")]},
    ),
    "erased": ("signatures/erased.html", {"withdrawn": True}),
    "erased-only": ("signatures/erased.html", {"withdrawn": False}),
    "not-me": ("signatures/not_me.html", {}),
    "mine-request": ("signatures/mine_request.html", {"errors": [], "form": {}}),
    "mine-request-errors": (
        "signatures/mine_request.html",
        {"errors": [("email", "email-missing")], "form": {"email": ""}},
    ),
    "mine-requested": ("signatures/mine_requested.html", {}),
    "mine-links": ("signatures/mine_links.html", {"links": [{"title": TEXT.title, "url": f"/mine/{TOKEN}"}]}),
    "mine-no-links": ("signatures/mine_links.html", {"links": []}),
    "how-it-works": ("pages/how_it_works.html", {}),
    "privacy": ("pages/privacy.html", {}),
    "imprint": ("pages/imprint.html", {}),
    "accessibility": ("pages/accessibility.html", {}),
    "error-busy": ("error.html", ERROR),
    "error-taken-down": ("error.html", ERROR | {"status": 410, "retry": None, "reason": "a court ordered its removal"}),
    "letters": ("letters/index.html", LETTERS_PAGE),
    "letters-none": ("letters/index.html", {"campaign": CAMPAIGN, "letters": [], "log_size": 1530}),
    "letter": ("letters/letter.html", LETTER_PAGE),
    "letter-not-public": ("letters/letter.html", LETTER_PAGE | {"letter": HIDDEN_LETTER}),
    "verify": ("letters/verify.html", VERIFY_PAGE),
    "verify-earlier": ("letters/verify.html", VERIFY_PAGE | {"is_latest": False, "due": None}),
    "mailbox": ("mailbox.html", {"messages": [MESSAGE]}),
    "mailbox-empty": ("mailbox.html", {"messages": []}),
    "mailbox-message": ("mailbox_message.html", {"message": MESSAGE}),
}
