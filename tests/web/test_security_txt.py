"""Where to report a hole is where RFC 9116 says."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from flask import Flask

from service.clock import FixedClock
from service.web.security_txt import security_txt
from tests.web.sample_app import sample_settings


def test_it_has_what_the_standard_requires_and_never_expires_while_served() -> None:
    settings = sample_settings()
    for now in (datetime(2026, 3, 2, 23, 59, tzinfo=UTC), datetime(2031, 1, 1, tzinfo=UTC)):
        app = Flask("holes")
        app.register_blueprint(security_txt(settings, FixedClock(now)))
        answer = app.test_client().get("/.well-known/security.txt")
        assert answer.content_type == "text/plain; charset=utf-8"
        lines = dict(line.split(": ", 1) for line in answer.get_data(as_text=True).splitlines())
        assert lines["Contact"] == f"mailto:{settings.operator_email}"
        assert lines["Canonical"] == f"{settings.base_url}/.well-known/security.txt"
        assert lines["Policy"] == f"{settings.base_url}/security"
        expires = datetime.fromisoformat(lines["Expires"])
        assert now + timedelta(days=30) < expires < now + timedelta(days=365)
