"""The headers that every answer carries, and the stricter ones where an address holds a token."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import request

if TYPE_CHECKING:
    from flask import Flask, Response

    from service.config import Settings

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
PERMISSIONS_POLICY = ", ".join(
    f"{feature}=()"
    for feature in (
        "accelerometer",
        "browsing-topics",
        "camera",
        "display-capture",
        "geolocation",
        "gyroscope",
        "microphone",
        "midi",
        "payment",
        "usb",
    )
)
HSTS = "max-age=31536000; includeSubDomains"
PRIVATE_SECTIONS = ("confirm", "mine", "package", "unsubscribe", "desk", "mailbox")  # first part of the path
TOKEN_SECTIONS = ("confirm", "mine", "package", "unsubscribe")


def register_security(app: Flask, settings: Settings) -> None:
    """Set the headers of every answer, errors included."""
    always = {
        "Content-Security-Policy": CONTENT_SECURITY_POLICY,
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
        "Permissions-Policy": PERMISSIONS_POLICY,
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
    }
    if settings.base_url.startswith("https://"):
        always["Strict-Transport-Security"] = HSTS  # RFC 6797 section 7.2: not over plain HTTP

    def set_headers(response: Response) -> Response:
        for name, value in always.items():
            response.headers.setdefault(name, value)
        if settings.onion_location and response.mimetype == "text/html" and not has_token_section(request.path):
            response.headers["Onion-Location"] = settings.onion_location + request.path
        if is_private(request.path):
            response.headers["Cache-Control"] = "no-store"
            response.headers["X-Robots-Tag"] = "noindex"
        if has_token_section(request.path):
            response.headers["Referrer-Policy"] = "no-referrer"
        return response

    app.after_request(set_headers)


def is_private(path: str) -> bool:
    """Return whether the page concerns one person or account, and may be kept by nobody."""
    return _section(path) in PRIVATE_SECTIONS


def has_token_section(path: str) -> bool:
    """Return whether the address can hold a token, which must not travel as a referrer."""
    return _section(path) in TOKEN_SECTIONS


def _section(path: str) -> str:
    return path.lstrip("/").partition("/")[0]
