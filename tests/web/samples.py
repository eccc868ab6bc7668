"""What templates are shown with: made-up people and an appeal about nobody."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from service.web.countries import countries
from service.web.mailbox import Letter, with_links
from tests.web.number_samples import COUNTS, GROWTH, TALLY

TEXT_HASH = "3f" * 32
REF = "example-two"
TOKEN = "Zm9vYmFyYmF6cXV4-sample-token"

RULES = SimpleNamespace(risk="ordinary", retention="close+30d", batch_min=1, batch_max_s=0, tally_min=5)
CAMPAIGN = SimpleNamespace(
    number=1,
    id="c_0000000001",
    ref=REF,
    state="open",
    text=TEXT_HASH,
    wording="aa" * 32,
    opens="2026-03-02",
    closes="2026-05-31",
    ended="",
    end_reason="",
    sealed_from="",
    rules=RULES,
    is_at_risk=False,
    is_silenced=False,
    forgets=False,
    settings={"title": {"en": "Keep the two safe"}, "disclosures": ["counted", "addressee", "public"]},
)
AT_RISK = SimpleNamespace(**{**vars(CAMPAIGN), "is_at_risk": True, "forgets": True})
ENDED = {"ended": "2026-05-20", "end_reason": "outcome", "sealed_from": "2026-06-19"}
CLOSED = SimpleNamespace(**{**vars(CAMPAIGN), "state": "closed"} | ENDED)
SEALED = SimpleNamespace(**vars(CLOSED) | {"state": "sealed"})
WITHDRAWN = SimpleNamespace(**vars(CLOSED) | {"state": "withdrawn", "end_reason": "persons-request"})
TEXT = SimpleNamespace(
    language="en",
    direction="ltr",
    title="Keep Sample Personova and Probe Ornekoglu safe from deportation",
    markdown="",
    hash=TEXT_HASH,
    document_hash=TEXT_HASH,
    state="reviewed",
    notice="",
    is_original=True,
    html="<p>We, the undersigned, write about two people: <strong>Sample Personova</strong> and <strong>Probe "
    "Ornekoglu</strong>. A deportation cannot be taken back.</p><p><strong>What we ask.</strong></p><ol><li>halt any "
    "removal;</li><li>let them meet their lawyers at once and in confidence.</li></ol>",
)
TEXT_UG = SimpleNamespace(
    **{
        **vars(TEXT),
        "language": "ug",
        "direction": "rtl",
        "title": "ئىككى كىشى قايتۇرۇۋېتىلمىسۇن",
        "is_original": False,
        "notice": "بۇ تېكىست ماشىنا تەرجىمىسى.",
        "html": "<p>بىز، تۆۋەندە ئىمزا قويغۇچىلار، بۇ خەتنى يازدۇق.</p>",
    }
)
APPEAL: dict[str, Any] = {
    "persons": [
        {
            "id": "p1",
            "name": "Sample Personova",
            "detail": {"en": "refugee", "tr": "mülteci", "ug": "مۇساپىر"},
            "spellings": [
                {"value": "Sample Personova", "script": "Latn"},
                {"value": "سامپل پېرسونوۋا", "script": "Arab"},
            ],
        },
        {"id": "p2", "name": "Probe Ornekoglu", "detail": {"en": "refugee"}},
    ],
    "timeline": [
        {
            "date": "2023-01",
            "source": "s1",
            "text": {"en": "A minister says that nobody will be sent away.", "tr": "Bir bakan açıklıyor."},
        },
        {
            "date": "2025-03-13",
            "source": "s1",
            "text": {"en": "A court rules otherwise.", "ug": "سوت باشقىچە قارار چىقاردى."},
        },
    ],
    "sources": [{"id": "s1", "cite": {"en": "as reported by the Example Times, March 2025"}}],
    "demands": [
        {"id": "halt", "text": {"en": "Halt any removal of the two."}},
        {"id": "answer", "text": {"en": "Tell us in writing what was done."}},
    ],
    "legal_bases": [
        {
            "id": "b",
            "cite": {"en": "1951 Convention, Article 33"},
            "text": {"en": "No refugee may be sent to where life is threatened."},
        }
    ],
}
ADDRESSEES = [
    {"id": "court", "name": "Constitutional Court of Exampleland", "status": "unverified"},
    {"id": "agency", "name": {"en": "Migration Agency", "tr": "Göç İdaresi"}, "status": "verified"},
]
LETTER = SimpleNamespace(
    id="l_0000000001",
    reference="example-two/L1",
    kind="court_open_letter",
    state="composed",
    day="2026-03-09",
    addressee="court",
    addressee_name={"en": "Constitutional Court of Exampleland"},
    active=1240,
    at_size=1512,
    entry=1512,
    text=TEXT_HASH,
    root="AA" * 22,
    hashes=dict.fromkeys(("input", "record", "template", "annex"), "bb" * 32),
    stamped=True,
    public=True,
)
LETTERS = [LETTER]

CARD = {
    "ref": REF,
    "title": TEXT.title,
    "title_lang": "en",
    "title_dir": "ltr",
    "summary": "Two people face deportation. Ask the authorities to halt it.",
    "campaign": CAMPAIGN,
    "count": 1240,
    "log_size": 1512,
    "days_left": 81,
}

CONSENT = (
    "I agree that my signature is recorded for this appeal. It shows an opinion and may show where I come from "
    "(GDPR, article 9). I can withdraw it at any time."
)
FORM = {
    "campaign": CAMPAIGN,
    "text": TEXT,
    "form": {"disclosure": "counted"},
    "errors": [],
    "form_token": "token",
    "countries": countries("en"),
    "warn": ["TR"],
    "consent": CONSENT,
    "forgets": False,
    "disclosures": ["counted", "addressee", "public"],
    "suggestions": [],
    "changed": False,
    "difference": None,
}
ALL_WRONG = [
    ("full_name", "name-empty"),
    ("email", "email-invalid"),
    ("country", "country-unknown"),
    ("disclosure", "disclosure-unknown"),
    ("consent", "consent-missing"),
    ("form_token", "form-too-old"),
    ("nickname", "field-unknown"),
]
SIGNATURE = {
    "id": "AbCdEfGhIjKlMnOpQrStUv",
    "state": "active",
    "text_is_current": True,
    "recorded_index": 1240,
    "log_size": 1512,
}
PROMISE = (
    "petitions.example.org/log/promise\nAbCdEfGhIjKlMnOpQrStUv\n\n— petitions.example.org/log/promise "
    "AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2kAekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k\n"
)
MINE = {
    "campaign": CAMPAIGN,
    "text": TEXT,
    "signature": SIGNATURE,
    "promise": PROMISE,
    "leaf": '{"campaign":"c_0000000001","v":1}',
    "record": {"name": "Sample Supporterova", "email": "sample@example.org", "country": "TR", "disclosure": "counted"},
    "token": TOKEN,
    "disclosures": ["counted", "addressee", "public"],
    "notice": None,
    "letters": LETTERS,
    "errors": [],
    "has_kept_opening": False,
    "opening": None,
    "offer": None,
    "can_sign": False,
}
MINE_AT_RISK = MINE | {
    "campaign": AT_RISK,
    "record": None,
    "has_kept_opening": True,
    "letters": [],
    "signature": SIGNATURE | {"recorded_index": None},
}
CONFIRM = {
    "kind": "sign",
    "name": "Sample Supporterova",
    "title": TEXT.title,
    "token": TOKEN,
    "forgets": False,
    "error": None,
    "used": False,
    "changed": False,
    "campaign": CAMPAIGN,
}
MESSAGE = Letter(
    id="0001",
    to="sample@example.org",
    sender="appeals@example.org",
    subject="Please confirm",
    date="Mon, 02 Mar 2026 12:00:00 +0000",
    body=with_links(
        "Hello,\n\nopen the link:\n\nhttps://petitions.example.org/confirm/" + "x" * 43 + "?lang=en\n\n7QM2K 9STXV\n"
    ),
)
APPEAL_PAGE = {
    "campaign": CAMPAIGN, "text": TEXT, "appeal": APPEAL, "counts": COUNTS, "growth": GROWTH, "tally": TALLY,
    "addressees": ADDRESSEES, "letters": LETTERS, "days_left": 81, "sign_url": f"/en/c/{REF}/sign", "news": [],
}  # fmt: skip
ERROR = {
    "status": 503,
    "code": "busy",
    "heading": "Too much is waiting just now",
    "message": "Please try again.",
    "retry": 5,
    "reason": None,
}
CHECKPOINT = SimpleNamespace(
    size=1512,
    note="petitions.example.org/log\n1512\n"
    + "A" * 43
    + "=\n\n\N{EM DASH} petitions.example.org/log "
    + "B" * 92
    + "\n",
)
HAPPENED = [
    SimpleNamespace(index=1500, kind="document.removed", day="2026-03-09", reason="person", document=TEXT_HASH),
    SimpleNamespace(index=1200, kind="key.rotated", day="2026-03-05", reason="planned", document=""),
]
