"""Whatever stands in an address or a form, the answer is a refusal in words: never an error of the service."""

from __future__ import annotations

import re
from collections.abc import Iterator
from email import message_from_bytes
from pathlib import Path
from urllib.parse import quote

import sqlalchemy as sa

from service.clock import FixedClock
from service.store.database import Database
from service.store.mail_tables import subscriber
from service.store.tables import mine, pending, record
from tests.installation import CONSENTED, REF, Installation, install

STRANGE = ("a\0b", "x" * 1500, "'%../", "a\r\nX-Injected: 1")
PART = re.compile(r"<(?:\w+:)?(\w+)>")
HOSTILE = ("\0", "a\r\nBcc: x@example.org", "\u202e", "x" * 1999)
TWO_ADDRESSES = (
    "a@example.org\r\nBcc: b@example.org",
    "a@example.org,b@example.org",
    "a@example.org>\r\nRCPT TO:<b@x.example",
)


def addresses(installation: Installation) -> Iterator[str]:
    """Yield each address of the service, with something strange in the place of each part in turn."""
    with installation.app.test_request_context():
        rules = [rule for rule in installation.app.url_map.iter_rules() if "GET" in (rule.methods or ())]
    for rule in rules:
        for strange in STRANGE:
            for chosen in rule.arguments - {"lang"} - set(rule.defaults or {}):
                usual = {"lang": "en", "ref": REF, chosen: quote(strange, safe="")}
                yield PART.sub(lambda found, filled=usual: filled.get(found[1], "0" * 64), rule.rule)  # type: ignore[misc]


def test_no_address_is_an_error(postgresql_database: Database, tmp_path: Path, clock: FixedClock) -> None:
    installation = install(postgresql_database, tmp_path, clock)  # the pickier of the two about texts
    client = installation.client()
    for address in addresses(installation):
        answer = client.get(address)
        assert answer.status_code < 500, address
        assert "X-Injected" not in answer.headers
    installation.services.database.dispose()


def test_no_field_is_an_error_or_another_header(sqlite_database: Database, tmp_path: Path, clock: FixedClock) -> None:
    installation = install(sqlite_database, tmp_path, clock)
    form = installation.form() | CONSENTED | {"full_name": "Made-up Person", "email": "a@example.org"}
    for name in form:
        for hostile in HOSTILE:
            assert installation.posts(form | {name: hostile}).status_code < 500, (name, hostile)
    for two in TWO_ADDRESSES:
        assert installation.posts(form | {"email": two, "email_checked": two}).status_code == 422
        assert installation.client().post("/mine", data={"email": two, "website": ""}).status_code == 422
    assert {to for to, _, _ in installation.mails()} == {"a@example.org"}
    for mail in installation.mail_folder.iterdir():
        assert "Bcc" not in message_from_bytes(mail.read_bytes())


def test_a_token_opens_its_own_page_alone(sqlite_database: Database, tmp_path: Path, clock: FixedClock) -> None:
    installation = install(sqlite_database, tmp_path, clock)
    installation.signs("a@example.org", news="yes")
    link, page = installation.link_for("a@example.org"), installation.confirms("a@example.org")
    installation.records()
    tokens = {path.split("/")[1]: path.rsplit("/", 1)[1] for path in (link, page)}
    with installation.services.database.read() as connection:
        stored = {
            str(value) for table in (pending, mine) for row in connection.execute(sa.select(table)) for value in row
        }
    client, before = installation.client(), installation.count()
    for section, action in (("confirm", "not_me"), ("mine", "erase"), ("package", "fetch"), ("unsubscribe", "")):
        wrong = {token for of, token in tokens.items() if of != section}
        for token in wrong | {value for value in stored if len(value) > 15 and re.fullmatch(r"[\w-]+", value)}:
            assert section == "unsubscribe" or client.get(f"/{section}/{token}").status_code == 404
            client.post(f"/{section}/{token}", data={"action": action})
    installation.records()
    assert installation.count() == before
    assert [installation.rows(table) for table in (record, mine, subscriber)] == [1, 1, 1]
