"""An app whose pages are made of samples: every template in every state, without any room or database."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from flask import Blueprint, Flask, render_template

from service.config import Settings
from service.web.setup import setup_web
from tests.web.states import STATES

ELSEWHERE = {
    "publishing.log": "/log/",  # addresses of other rooms, which these tests only link to
    "campaigns.index": "/<lang:lang>/",
    "campaigns.appeal": "/<lang:lang>/c/<ref>",
    "campaigns.text": "/<lang:lang>/c/<ref>/text/<sha256>",
    "campaigns.numbers": "/<lang:lang>/c/<ref>/numbers",
    "campaigns.numbers_csv": "/c/<ref>/numbers.csv",
    "campaigns.last_tally_csv": "/c/<ref>/tally.csv",
    "campaigns.count": "/c/<ref>/count.json",
    "signatures.sign": "/<lang:lang>/c/<ref>/sign",
    "signatures.sent": "/<lang:lang>/c/<ref>/sent",
    "signatures.confirm": "/confirm/<token>",
    "signatures.code": "/confirm",
    "signatures.mine": "/mine/<token>",
    "signatures.receipt": "/mine/<token>/receipt",
    "signatures.mine_data": "/mine/<token>/data.json",
    "signatures.mine_request": "/mine",
    "letters.index": "/<lang:lang>/c/<ref>/letters",
    "letters.show": "/<lang:lang>/c/<ref>/letters/<letter>",
    "letters.pdf": "/<lang:lang>/c/<ref>/letters/<letter>.pdf",
    "letters.package": "/<lang:lang>/c/<ref>/letters/<letter>.zip",
    "letters.verify": "/verify/<code>",
    "news.updates": "/<lang:lang>/c/<ref>/updates",
    "news.feed": "/<lang:lang>/c/<ref>/feed.atom",
    "sheets.pdf": "/<lang:lang>/c/<ref>/sheet.pdf",
    "archive.document": "/log/documents/<sha256>",
}


def sample_settings(mailbox: Path | None = None, **changes: Any) -> Settings:
    """Return settings of a made-up installation; with a mailbox it is a demonstration."""
    environ = {
        "DATABASE_URL": "sqlite:////nowhere/undersigned.db",
        "KEYS_DIR": "/nowhere/keys",
        "ORIGIN": "petitions.example.org/log",
        "BASE_URL": "https://petitions.example.org",
        "SMTP_URL": "folder:///nowhere/mail",
        "MAIL_FROM": "appeals@example.org",
        "OPERATOR_NAME": "Example Operator",
        "OPERATOR_ADDRESS": "1 Example Street, Exampletown",
        "SIGN_LIMIT": "1000/minute",
        "OPERATOR_EMAIL": "privacy@example.org",
        "DEMONSTRATION": "1" if mailbox else "0",
    } | changes
    return Settings.from_environment(environ | ({"MAILBOX_DIR": str(mailbox)} if mailbox else {}))


def sample_app(settings: Settings) -> Flask:
    """Return an app with everything that `web` gives, other rooms' addresses, and `/{lang}/sample/{state}`."""
    app = Flask("undersigned-samples", static_folder=None)
    setup_web(app, settings, lambda purpose, message: hashlib.sha256(purpose.encode() + message).digest())
    rooms: dict[str, Blueprint] = {}
    for endpoint, rule in ELSEWHERE.items():
        room, name = endpoint.split(".")
        blueprint = rooms.setdefault(room, Blueprint(room, "elsewhere"))
        blueprint.add_url_rule(rule, name, _elsewhere, methods=["GET", "POST"])
    for blueprint in rooms.values():
        app.register_blueprint(blueprint)
    app.add_url_rule("/<lang:lang>/sample/<state>", "sample", _sample)
    return app


def _elsewhere(**_: str) -> str:
    return "elsewhere"


def _sample(lang: str, state: str) -> str:
    template, context = STATES[state]
    return render_template(template, **context)
