"""Whoever does not hold the mailbox learns nothing of an address: not by status, headers, size, mails or statements."""

from __future__ import annotations

import json
import re
from typing import Any

import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs
from werkzeug.test import TestResponse

from service.operations.logging import log_requests
from service.publishing.leaves import leaves
from service.store.tables import outbox, pending
from tests.installation import CONSENTED, REF, Installation

STATES = ("signed", "unsigned", "withdrew", "erased")  # as long as each other: so are the addresses
BEHIND_A_LINK = (  # only who was sent the link knows what to send there
    "/confirm", "/confirm/<token>", "/mine/<token>", "/unsubscribe/<token>", "/package/<token>",
)  # fmt: skip
RANDOM = re.compile(r'value="[^"]{20,}"|[0-9a-f]{12,}')


def people(installation: Installation) -> dict[str, str]:
    """Let people come into each state, and return their addresses, all equally long."""
    found = {state: f"{state:x<10}@example.org" for state in STATES}
    for state in ("signed", "withdrew", "erased"):
        installation.signs(found[state])
        page = installation.confirms(found[state])
        installation.records()
        if state != "signed":
            installation.client().post(page, data={"action": {"withdrew": "withdraw", "erased": "erase"}[state]})
    installation.records()
    return found


def observed(installation: Installation, path: str, fields: dict[str, str]) -> list[Any]:
    """Return all that one who sends an address can see, and the statements that cause it."""
    statements: list[str] = []

    def note(connection: object, cursor: object, statement: str, *rest: object) -> None:
        statements.append(statement)

    engine, before = installation.services.database.engine, _stored(installation)
    sa.event.listen(engine, "before_cursor_execute", note)
    answer: TestResponse = installation.client().post(path, data=fields)
    sa.event.remove(engine, "before_cursor_execute", note)
    headers = {name: RANDOM.sub("", value) for name, value in answer.headers.items() if name != "X-Request-Id"}
    body = RANDOM.sub("", answer.get_data(as_text=True))
    made = [after - once for after, once in zip(_stored(installation), before, strict=True)]
    return [answer.status_code, headers, len(body), statements, made]


def _stored(installation: Installation) -> tuple[int, int, int]:
    with installation.services.database.read() as connection:
        sizes = connection.execute(sa.select(sa.func.coalesce(sa.func.sum(sa.func.length(outbox.c.sealed)), 0)))
        return installation.rows(pending), installation.rows(outbox), int(sizes.scalar_one())


def told_apart(installation: Installation) -> list[str]:
    """Let all send their address to every form that takes one, and return the forms that tell them apart."""
    addresses, found = people(installation), []
    posts = {str(rule) for rule in installation.app.url_map.iter_rules() if "POST" in (rule.methods or ())}
    signs = installation.form() | CONSENTED | {"full_name": "Made-up Person"}
    forms = {"/<lang:lang>/c/<ref>/sign": (f"/en/c/{REF}/sign", signs), "/mine": ("/mine", {"website": ""})}
    assert posts == {*forms, *BEHIND_A_LINK}, "say here what the new form takes"
    for path, fields in forms.values():
        seen = [observed(installation, path, fields | {"email": address}) for address in addresses.values()]
        if seen[1:] != seen[:-1] or seen[0][4][:2] != [1, 1]:
            found.append(path)
    return found


def test_every_form_that_takes_an_address_answers_alike(installation: Installation) -> None:
    assert told_apart(installation) == []


@settings(max_examples=12, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(st.text("abcdefghijklmnopqrstuvwxyzäöüşğıñ", min_size=12, max_size=24), st.integers(10**11, 10**12))
def test_no_name_and_no_address_is_in_a_leaf_or_a_log_line(installation: Installation, name: str, number: int) -> None:
    if not installation.app.extensions.get("lines"):
        installation.app.extensions["lines"] = True
        installation.app._got_first_request = False
        log_requests(installation.app)
    email = f"{number}@example.org"
    with capture_logs() as lines:
        installation.signs(email, name.title())
        installation.confirms(email)
        installation.records()
    told = json.dumps(lines, ensure_ascii=False).encode() + b"".join(leaves(installation.services.database))
    assert b"/confirm/<token>" in told
    for secret in (name, name.title(), str(number)):
        assert secret.encode() not in told
