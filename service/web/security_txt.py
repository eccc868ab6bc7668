"""Where to report a hole, for programs and people: ``/.well-known/security.txt`` (RFC 9116)."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from flask import Blueprint, Response

from service.clock import Clock

if TYPE_CHECKING:
    from service.config import Settings

PATH = "/.well-known/security.txt"
VALID_DAYS = 180  # RFC 9116 section 2.5.5 advises less than a year


def security_txt(settings: Settings, clock: Clock) -> Blueprint:
    """Return the blueprint of the file, which is always fresh: its expiry is counted from the day of asking."""
    blueprint = Blueprint("security_txt", __name__)

    @blueprint.get(PATH)
    def file() -> Response:
        expires = (clock.now() + timedelta(days=VALID_DAYS)).replace(hour=0, minute=0, second=0, microsecond=0)
        lines = {
            "Contact": f"mailto:{settings.operator_email}",
            "Expires": f"{expires:%Y-%m-%dT%H:%M:%SZ}",
            "Preferred-Languages": ", ".join(settings.languages),
            "Canonical": f"{settings.base_url}{PATH}",
            "Policy": f"{settings.base_url}/security",
        }
        text = "".join(f"{name}: {value}\n" for name, value in lines.items())
        return Response(text, content_type="text/plain; charset=utf-8")

    return blueprint
