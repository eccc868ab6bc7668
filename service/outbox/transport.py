"""Ways out for mail: a mail server by SMTP, or a folder for the demonstration."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from service.errors import ConfigError
from service.outbox.delivery import OnceTransport, Transport
from service.outbox.folder import FolderTransport
from service.outbox.smtp import Server, SmtpTransport

__all__ = ["OnceTransport", "Transport", "transport_for"]

LOCAL_HOSTS = ("localhost", "127.0.0.1", "::1")


def transport_for(url: str) -> OnceTransport:
    """Return the way out that an address names.

    ``smtp://[user:pass@]host[:port][?starttls=1]``, ``smtps://[user:pass@]host[:port]`` or ``folder:///absolute/path``.

    :raises ConfigError: if it is none of these; a password in it is never repeated.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise ConfigError("SMTP_URL: the port is not a number up to 65535") from error
    if parts.scheme == "folder":
        return FolderTransport(_folder_of(parts.netloc, parts.path))
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname or parts.path not in ("", "/"):
        raise ConfigError(
            "SMTP_URL: write smtp://user:password@host:587?starttls=1, smtps://… or folder:///absolute/path"
        )
    return SmtpTransport(_server(parts, parts.hostname, port))


def _folder_of(host: str, path: str) -> Path:
    if host or not path.startswith("/") or path == "/":
        raise ConfigError("SMTP_URL: write folder:///absolute/path, with three slashes")
    return Path(unquote(path))


def _starttls(query: str) -> bool:
    options = dict(parse_qsl(query, keep_blank_values=True))
    if set(options) - {"starttls"} or options.get("starttls", "0") not in ("0", "1"):
        raise ConfigError("SMTP_URL: the only option is starttls=1")
    return options.get("starttls") == "1"


def _server(parts: SplitResult, host: str, port: int | None) -> Server:
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    starttls = _starttls(parts.query)
    encryption = "tls" if parts.scheme == "smtps" else "starttls" if starttls else ""
    if parts.scheme == "smtps" and starttls:
        raise ConfigError("SMTP_URL: smtps:// is encrypted from the start: leave starttls out")
    if user and not encryption and host not in LOCAL_HOSTS:
        raise ConfigError("SMTP_URL: a password would travel unencrypted: write smtps:// or add ?starttls=1")
    default_port = {"tls": 465, "starttls": 587, "": 25}[encryption]
    return Server(host, port or default_port, encryption, user, password)
