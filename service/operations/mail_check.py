"""Whether mail could leave: the mail server answers and lets us in, or the folder can be written."""

from __future__ import annotations

import os
import smtplib
import ssl
import stat
from pathlib import Path
from urllib.parse import unquote, urlsplit

from service.errors import PetitionError

TIMEOUT_S = 10
PORTS = {"smtps": 465, "starttls": 587, "smtp": 25}


def check_mail(url: str) -> str:
    """Return a sentence on the way out for mail; nothing is sent. :raises PetitionError: saying what does not work."""
    parts = urlsplit(url)
    if parts.scheme == "folder":
        return _check_folder(Path(unquote(parts.path)))
    try:
        return _check_server(url)
    except (OSError, smtplib.SMTPException) as error:
        raise PetitionError(
            f"SMTP_URL: {parts.hostname} does not take our mail ({type(error).__name__}). Check host and password; "
            "until then mail waits, and nothing is lost for as long as its links are valid."
        ) from error


def _check_folder(folder: Path) -> str:
    if not folder.is_dir() or not os.access(folder, os.W_OK):
        raise PetitionError(f"SMTP_URL: the folder {folder} cannot be written. Make it: mkdir -m 700 {folder}")
    mode = stat.S_IMODE(folder.stat().st_mode)
    if mode & 0o077:
        raise PetitionError(f"SMTP_URL: {folder} can be read by others (mode {mode:04o}). Run: chmod 700 {folder}")
    return f"Mail is written to {folder}."


def _check_server(url: str) -> str:
    parts = urlsplit(url)
    starttls = parts.query == "starttls=1"
    host, port = parts.hostname or "", parts.port or PORTS["starttls" if starttls else parts.scheme]
    context = ssl.create_default_context()
    opened = (
        smtplib.SMTP_SSL(host, port, timeout=TIMEOUT_S, context=context)
        if parts.scheme == "smtps"
        else smtplib.SMTP(host, port, timeout=TIMEOUT_S)
    )
    with opened as connection:
        if starttls:
            connection.starttls(context=context)
        if parts.username:
            connection.login(unquote(parts.username), unquote(parts.password or ""))
        status, _ = connection.noop()
    if status != 250:
        raise smtplib.SMTPResponseException(status, b"noop")
    return f"The mail server {host}:{port} answers."
