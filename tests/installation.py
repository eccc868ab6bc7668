"""A whole installation for a test: settings, keys, an open campaign, and its web application."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from email import message_from_bytes, policy
from pathlib import Path

import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from service.app import Services, build_services, create_app
from service.campaigns.appeal_folder import read_appeal_folder
from service.campaigns.commands import OpenCampaign
from service.campaigns.drafts import import_appeal
from service.campaigns.opening import open_campaign
from service.clock import FixedClock
from service.config import Settings
from service.letters.addressees import import_addressees
from service.operations.prepare import prepare
from service.outbox.queue import send_due
from service.outbox.transport import transport_for
from service.signatures.recorder import record_waiting
from service.store.database import Database

EXAMPLE = Path(__file__).parent.parent / "examples" / "istanbul-two"
REF = "istanbul-two"
CONSENTED = {"consent": "yes", "disclosure": "counted", "country": "", "website": ""}


def environ_for(database: Database, folder: Path) -> dict[str, str]:
    """Return the environment of an installation that lives in a folder."""
    return {
        "DATABASE_URL": database.url if database.path is None else f"sqlite:///{database.path}",
        "KEYS_DIR": str(folder / "keys"),
        "ORIGIN": "petition.example/log",
        "BASE_URL": "http://localhost",
        "SMTP_URL": f"folder://{folder}/mail",
        "MAIL_FROM": "appeals@petition.example",
        "OPERATOR_NAME": "Test Operator",
        "OPERATOR_ADDRESS": "1 Test Street",
        "OPERATOR_EMAIL": "operator@petition.example",
        "FORM_MIN_SECONDS": "0",
        "PAGE_AGE_SECONDS": "0",
        "SIGN_LIMIT": "100000/minute",
        "DEMONSTRATION": "1",
        "MAILBOX_DIR": f"{folder}/mail",
    }


@dataclass
class Installation:
    """An installation with one open campaign, and verbs for those who use it."""

    services: Services
    app: Flask
    clock: FixedClock
    mail_folder: Path

    def client(self) -> FlaskClient:
        """Return a new visitor without cookies."""
        return self.app.test_client(use_cookies=False)

    def form(self, lang: str = "en", ref: str = REF) -> dict[str, str]:
        """Return the hidden fields of the sign form."""
        page = self.client().get(f"/{lang}/c/{ref}/sign").get_data(as_text=True)
        return dict(re.findall(r'<input type="hidden" name="([a-z_]+)" value="([^"]*)"', page))

    def posts(self, fields: dict[str, str], lang: str = "en") -> TestResponse:
        """Send the sign form."""
        return self.client().post(f"/{lang}/c/{REF}/sign", data=fields)

    def signs(self, email: str, name: str = "Made-up Person", lang: str = "en", **fields: str) -> TestResponse:
        """Fill in the form and send it."""
        return self.posts(self.form(lang) | CONSENTED | {"full_name": name, "email": email} | fields, lang)

    def mails(self) -> list[tuple[str, str, str]]:
        """Let the worker send what is due, and return address, subject and body of all mails so far."""
        transport = transport_for(self.services.settings.smtp_url)
        send_due(self.services.database, self.services.keys, transport, self.clock)
        found = []
        for path in sorted(self.mail_folder.glob("*.eml")):
            mail = message_from_bytes(path.read_bytes(), policy=policy.default)
            found.append((str(mail["To"]), str(mail["Subject"]), mail.get_content()))
        return found

    def link_for(self, email: str) -> str:
        """Return the path of the newest link that was mailed to an address."""
        bodies = [body for to, _, body in self.mails() if to == email]
        return re.findall(r"http://localhost(/confirm/[A-Za-z0-9_-]+)", bodies[-1])[0]

    def confirms(self, email: str, **fields: str) -> str:
        """Open the mailed link, press the button, and return the path of the supporter's own page."""
        link = self.link_for(email)
        assert self.client().get(link).status_code == 200
        answer = self.client().post(link, data={"action": "confirm"} | fields)
        assert answer.status_code == 303, answer.get_data(as_text=True)
        return answer.headers["Location"].partition("?")[0]

    def records(self) -> None:
        """Let the recorder and the projections catch up."""
        while record_waiting(self.services.log, self.clock.now()):
            pass
        self.services.runner.catch_up()

    def count(self) -> dict[str, int]:
        """Return the public count."""
        found: dict[str, int] = self.client().get(f"/c/{REF}/count.json").get_json()
        return found

    def rows(self, table: sa.Table) -> int:
        """Return how many rows a table has."""
        with self.services.database.read() as connection:
            return int(connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one())


def install(
    database: Database, folder: Path, clock: FixedClock, *, at_risk: bool = False, **changed: str
) -> Installation:
    """Prepare an installation in a folder and open the example appeal in it, as a demonstration."""
    (folder / "mail").mkdir(mode=0o700)
    settings = Settings.from_environment(environ_for(database, folder) | changed)
    list(prepare(settings, clock))
    services = replace(build_services(settings), clock=clock)
    import_addressees(EXAMPLE / "addressees.toml", services.log, clock.now(), verified=True)
    with services.database.write() as connection:
        import_appeal(connection, read_appeal_folder(EXAMPLE))
    opening = OpenCampaign(REF, "test", clock.now(), demonstration=True, at_risk=at_risk)
    open_campaign(opening, services.log, services.keys)
    services.runner.catch_up()
    return Installation(services, create_app(services), clock, folder / "mail")
