"""Every state of every page: the template and what it is shown with."""

from __future__ import annotations

from typing import Any

from service.letters.comparing import Compared
from tests.web.letter_samples import HIDDEN_LETTER, LETTER_PAGE, LETTERS_PAGE, VERIFY_PAGE
from tests.web.news_samples import NEWS, NEWS_PAGE, SILENCED, TEXT_REMOVED
from tests.web.number_samples import COUNTS, GROWTH, MANY, NO_COUNTRY, NO_COUNTS, NO_NUMBERS, NUMBERS
from tests.web.package_samples import PACKAGE_STATES
from tests.web.samples import (
    ALL_WRONG,
    APPEAL_PAGE,
    AT_RISK,
    CAMPAIGN,
    CARD,
    CHECKPOINT,
    CLOSED,
    CONFIRM,
    ERROR,
    FORM,
    HAPPENED,
    MESSAGE,
    MINE,
    MINE_AT_RISK,
    SEALED,
    SIGNATURE,
    TEXT,
    TEXT_UG,
    TOKEN,
    WITHDRAWN,
)
from tests.web.text_samples import DIFFERENCE, OFFER, OFFER_REMOVED, SAME_WORDS, TEXT_PAGE, VERSIONS

STATES: dict[str, tuple[str, dict[str, Any]]] = {
    "index": (
        "campaigns/index.html",
        {
            "open": [CARD, CARD | {"count": 1, "days_left": 1}],
            "closed": [CARD | {"campaign": CLOSED}, CARD | {"campaign": WITHDRAWN}],
        },
    ),
    "index-empty": ("campaigns/index.html", {"open": [], "closed": []}),
    "appeal": ("campaigns/appeal.html", APPEAL_PAGE),
    "appeal-translated": ("campaigns/appeal.html", APPEAL_PAGE | {"text": TEXT_UG}),
    "appeal-no-country-yet": ("campaigns/appeal.html", APPEAL_PAGE | {"tally": NO_COUNTRY}),
    "appeal-new-at-risk": (
        "campaigns/appeal.html",
        APPEAL_PAGE | {"campaign": AT_RISK, "counts": NO_COUNTS, "growth": [], "tally": None, "letters": []},
    ),
    "appeal-closed": (
        "campaigns/appeal.html",
        APPEAL_PAGE | {"campaign": CLOSED, "growth": GROWTH[:1], "days_left": None, "sign_url": None},
    ),
    "appeal-sealed": (
        "campaigns/appeal.html",
        APPEAL_PAGE | {"campaign": SEALED, "days_left": None, "sign_url": None},
    ),
    "appeal-told": ("campaigns/appeal.html", APPEAL_PAGE | {"news": NEWS}),
    "updates": ("news/updates.html", NEWS_PAGE),
    "updates-none": ("news/updates.html", NEWS_PAGE | {"entries": []}),
    "updates-silenced": (
        "news/updates.html",
        NEWS_PAGE | {"campaign": SILENCED, "text": TEXT_REMOVED, "entries": []},
    ),
    "unsubscribe": ("news/unsubscribe.html", {"done": False}),
    "unsubscribed": ("news/unsubscribe.html", {"done": True}),
    "appeal-silenced": ("campaigns/silenced.html", {"campaign": WITHDRAWN, "counts": COUNTS}),
    "numbers": ("campaigns/numbers.html", NUMBERS | {"campaign": CAMPAIGN}),
    "numbers-of-millions": ("campaigns/numbers.html", MANY | {"campaign": CAMPAIGN}),
    "numbers-new-at-risk": ("campaigns/numbers.html", NO_NUMBERS | {"campaign": AT_RISK}),
    "log": (
        "publishing/log.html",
        {"published": CHECKPOINT, "happened": HAPPENED, "witnesses": ["north", "south"], "quorum": "both"},
    ),
    "log-empty": ("publishing/log.html", {"published": None, "happened": [], "witnesses": [], "quorum": "none"}),
    "text-current": ("campaigns/text.html", TEXT_PAGE | {"versions": VERSIONS[:1], "difference": None}),
    "text-earlier": ("campaigns/text.html", TEXT_PAGE | {"is_current": False}),
    "text-changed": ("campaigns/text.html", TEXT_PAGE),
    "text-same-words": ("campaigns/text.html", TEXT_PAGE | {"difference": SAME_WORDS}),
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
    "sign-text-differs": ("signatures/sign.html", FORM | {"changed": True, "difference": DIFFERENCE}),
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
        MINE_AT_RISK | {"opening": '{"contact":{"email":"sample@example.org"},"r1":"' + "AA" * 43 + '","v":1}'},
    ),
    "mine-withdrawn": (
        "signatures/mine.html",
        MINE | {"signature": SIGNATURE | {"state": "withdrawn"}, "notice": "withdrawn"},
    ),
    "mine-ended": ("signatures/mine.html", MINE | {"campaign": CLOSED}),
    "mine-invalidated": (
        "signatures/mine.html",
        MINE | {"signature": SIGNATURE | {"state": "invalidated", "reason": "automated"}, "promise": None},
    ),
    "mine-outdated": (
        "signatures/mine.html",
        MINE | {"signature": SIGNATURE | {"text_is_current": False}, "errors": [("action", "action-unknown")]},
    ),
    "mine-renew": (
        "signatures/mine.html",
        MINE | {"signature": SIGNATURE | {"text_is_current": False}, "offer": OFFER, "can_sign": True},
    ),
    "mine-sign-again": (
        "signatures/mine.html",
        MINE_AT_RISK | {"signature": SIGNATURE | {"text_is_current": False}, "can_sign": True},
    ),
    "renew": ("signatures/renew.html", {"offer": OFFER, "changed": False}),
    "renew-changed": ("signatures/renew.html", {"offer": OFFER_REMOVED, "changed": True}),
    "confirm-replaced": ("signatures/confirm.html", CONFIRM | {"changed": True}),
    "confirm-differs": ("signatures/confirm.html", CONFIRM | {"changed": True, "difference": DIFFERENCE}),
    "erased": ("signatures/erased.html", {"withdrawn": True, "recipients": []}),
    "erased-only": ("signatures/erased.html", {"withdrawn": False, "recipients": [{"en": "Example Court"}]}),
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
    "security": ("pages/security.html", {}),
    "accessibility": ("pages/accessibility.html", {}),
    "error-busy": ("error.html", ERROR),
    "error-taken-down": ("error.html", ERROR | {"status": 410, "retry": None, "reason": "a court ordered its removal"}),
    "letters": ("letters/index.html", LETTERS_PAGE),
    "letters-none": ("letters/index.html", {"campaign": CAMPAIGN, "letters": [], "log_size": 1530}),
    "letter": ("letters/letter.html", LETTER_PAGE),
    "letter-not-public": ("letters/letter.html", LETTER_PAGE | {"letter": HIDDEN_LETTER}),
    "letter-silenced": ("letters/letter.html", LETTER_PAGE | {"campaign": SILENCED, "texts": [], "released": set()}),
    **PACKAGE_STATES,
    "verify": ("letters/verify.html", VERIFY_PAGE),
    **{
        f"verify-{name}": (
            "letters/verify.html",
            VERIFY_PAGE | {"pasted": hash or "ten", "compared": Compared(hash, file)},
        )
        for name, hash, file in (
            ("same", "ab" * 32, "example-two-L1-en.pdf"),
            ("other", "ab" * 32, ""),
            ("no-hash", "", ""),
        )
    },
    "verify-earlier": ("letters/verify.html", VERIFY_PAGE | {"is_latest": False, "due": None}),
    "mailbox": ("mailbox.html", {"messages": [MESSAGE]}),
    "mailbox-empty": ("mailbox.html", {"messages": []}),
    "mailbox-message": ("mailbox_message.html", {"message": MESSAGE}),
}
