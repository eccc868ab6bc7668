"""The opening: shown to who asks for it, with a warning, and it opens the commitment in the log."""

from __future__ import annotations

import base64
import html
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from service.clock import FixedClock
from service.operations.export import leaves
from service.store.database import Database
from service.vault.commitments import Opening
from tests.installation import Installation, install

EMAIL, NAME = "anna@example.org", "Anna Sample"


@pytest.fixture(params=["ordinary", "at risk"])
def installation(
    request: pytest.FixtureRequest, sqlite_database: Database, tmp_path: Path, clock: FixedClock
) -> Iterator[Installation]:
    """Return an installation in which records are kept, or where a person asked to be shown the opening later."""
    found = install(sqlite_database, tmp_path, clock, at_risk=request.param == "at risk")
    yield found
    found.services.database.dispose()


def shown_opening(page: str) -> str:
    """Return the opening as the page prints it."""
    found = re.search(r">(\{[^<]*&#34;r1&#34;[^<]*\})</pre>", page)
    assert found is not None
    return html.unescape(found[1])


def test_what_is_shown_opens_the_commitment_in_the_log(installation: Installation) -> None:
    installation.signs(EMAIL, NAME, country="TR")
    page = installation.confirms(EMAIL, keep_opening="yes")
    assert "&#34;r1&#34;" not in installation.client().get(page).get_data(as_text=True)
    answer = installation.client().post(page, data={"action": "show_opening"})
    assert answer.headers["Cache-Control"] == "no-store"
    assert "can be made to show it" in answer.get_data(as_text=True)
    written = shown_opening(answer.get_data(as_text=True))
    opening = json.loads(written)
    assert json.dumps(opening, ensure_ascii=False, sort_keys=True, separators=(",", ":")) == written
    assert opening["contact"] == {"email": EMAIL}
    salts = Opening(*(base64.urlsafe_b64decode(opening[name] + "==") for name in ("r1", "r2", "r3")))
    made = salts.commitment(EMAIL, opening["person"]["name"], opening["person"].get("country"))
    promised = re.search(r"&#34;commitment&#34;:&#34;([^&]*)&#34;", answer.get_data(as_text=True))
    assert promised is not None
    assert promised[1] == made
    installation.records()
    recorded = [json.loads(leaf) for leaf in leaves(installation.services.database)]
    assert [leaf["commitment"] for leaf in recorded if leaf["type"] == "signature.recorded"] in ([made], [])


def test_who_erased_has_no_opening(installation: Installation) -> None:
    installation.signs(EMAIL, NAME)
    page = installation.confirms(EMAIL)
    installation.client().post(page, data={"action": "erase"})
    assert installation.client().post(page, data={"action": "show_opening"}).status_code == 404
