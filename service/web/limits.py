"""Limits on how often one part of the network may post, counted in memory without keeping any address."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING

from flask import request
from flask_limiter import Limiter
from werkzeug.exceptions import RequestEntityTooLarge

from service.clock import SystemClock, day_of
from service.web.forms import check_media_type

if TYPE_CHECKING:
    from flask import Flask

    from service.clock import Clock

IPV4_PREFIX_BITS = 24
IPV6_PREFIX_BITS = 48


ONE_CLICK = "/unsubscribe/"


class PrefixKey:
    """Turns a network address into a key that means nothing tomorrow: an HMAC under a random key of the day."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._day = ""
        self._secret = b""

    def of(self, address: str | None) -> str:
        """Return the key of an address's prefix (IPv4 /24, IPv6 /48); it changes at midnight UTC."""
        today = day_of(self._clock.now())
        if today != self._day:
            self._secret, self._day = secrets.token_bytes(32), today
        return hmac.new(self._secret, prefix(address).encode(), hashlib.sha256).hexdigest()[:32]


def prefix(address: str | None) -> str:
    """Return the part of an address that is counted together; whatever is no address counts as one."""
    try:
        found = ip_address(address or "")
    except ValueError:
        return "unknown"
    mapped = getattr(found, "ipv4_mapped", None)
    found = mapped or found
    bits = IPV4_PREFIX_BITS if found.version == 4 else IPV6_PREFIX_BITS
    return str(ip_network(f"{found}/{bits}", strict=False))


def register_limits(app: Flask, posts: str) -> None:
    """Limit posted forms per page, campaign and prefix to `posts` (such as `60/minute`), for this process alone."""
    keys = PrefixKey(SystemClock())

    def who_posts() -> str:
        return f"{keys.of(request.remote_addr)} {(request.view_args or {}).get('ref', '')}"

    app.before_request(_refuse_wrong_body)
    Limiter(
        who_posts,
        app=app,
        default_limits=[posts],
        default_limits_exempt_when=lambda: request.method != "POST" or _is_of_mail_programs(),
        default_limits_per_method=True,
        storage_uri="memory://",
        headers_enabled=False,  # what is left would tell one of several people behind an address about the others
    )


def _refuse_wrong_body() -> None:
    if request.method == "POST" and request.routing_exception is None:
        request.get_data()  # over-long: 413, whatever the page would read of it
        if request.content_length is None and request.environ["wsgi.input"].read(1):
            raise RequestEntityTooLarge  # sent in chunks: what was read is the part within the limit
        if not _is_of_mail_programs():
            check_media_type(request)


def _is_of_mail_programs() -> bool:
    """Return whether mail programs post here: many from one provider's few addresses, and in either form's encoding.

    RFC 8058 section 3.1; what they send is not read, and the address in the path is all that counts.
    """
    return request.path.startswith(ONE_CLICK)
