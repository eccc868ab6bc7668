"""The application's log knows routes, numbers and kinds of errors, and nothing about persons."""

from __future__ import annotations

import json
import logging

import pytest
from structlog.testing import capture_logs

from service.operations.logging import LibraryHandler, duration_class, log_requests, withhold_unknown_text
from service.store.database import Database
from tests.operations.conftest import Installs

MARKED = "marked-person@example.org"


def test_a_request_leaves_its_route_and_nothing_of_the_person(
    sqlite_database: Database, installs: Installs
) -> None:
    installation = installs(sqlite_database)
    log_requests(installation.app)
    with capture_logs() as lines:
        installation.signs(MARKED, name="Marked Person")
        own_page = installation.confirms(MARKED)
        installation.client().get(own_page, headers={"User-Agent": MARKED, "Referer": f"https://{MARKED}/"})
        installation.client().get(f"/nowhere/{MARKED}?email={MARKED}")
    text = json.dumps(lines)
    assert "/confirm/<token>" in text
    for secret in (MARKED, "Marked Person", own_page.rsplit("/", 1)[1], "127.0.0.1"):
        assert secret not in text


def test_text_under_an_unknown_name_is_withheld() -> None:
    line = withhold_unknown_text(None, "info", {"event": "signed", "email": MARKED, "count": 3})
    assert line == {"event": "signed", "email": "withheld", "count": 3}


def test_of_a_librarys_message_only_its_place_is_kept() -> None:
    logger = logging.getLogger("some.library")
    logger.handlers, logger.propagate = [LibraryHandler()], False
    with capture_logs() as lines:
        try:
            raise ValueError(MARKED)
        except ValueError:
            logger.exception("could not send to %s", MARKED)
    assert MARKED not in json.dumps(lines)
    assert lines[0]["error_class"] == "ValueError"
    assert lines[0]["where"].split(":")[0].endswith("test_log_lines.py")


@pytest.mark.parametrize(("seconds", "name"), [(0.001, "<10ms"), (0.05, "<100ms"), (0.5, "<1s"), (99, ">=10s")])
def test_durations_are_told_by_class(seconds: float, name: str) -> None:
    assert duration_class(seconds) == name
