"""Every setting in one table: the only place that reads the environment. A wrong value stops the start and names it."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.utils import parseaddr
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from service.errors import ConfigError

LOCAL_HOSTS = ("localhost", "127.0.0.1", "[::1]")


@dataclass(frozen=True)
class Settings:
    """What an installation is told from outside; the variables' names and meanings are in SETTINGS."""

    database_url: str
    keys_dir: Path
    origin: str
    base_url: str
    smtp_url: str
    mail_from: str
    mail_from_neutral: str
    operator_name: str
    operator_address: str
    operator_email: str
    languages: tuple[str, ...]
    forwarded_hops: int
    form_min_s: int
    form_max_s: int
    sign_limit: str
    queue_max: int
    page_age_s: int
    pool_size: int
    tally_every_s: int
    demonstration: bool
    clock_file: Path | None
    mailbox_dir: Path | None
    dsn_maildir: Path | None
    erasure_journal: Path | None
    backup_dir: Path | None
    keys_copy: Path | None
    witness_policy: Path | None
    published_copy: str
    onion_location: str | None
    metrics_listen: tuple[str, int] | None
    database_read_url: str

    @staticmethod
    def from_environment(environ: Mapping[str, str] | None = None) -> Settings:
        """Read all settings from the process's environment, or from the mapping that is given.

        :raises ConfigError: naming the first variable that is missing or wrong, and what to write.
        """
        environ = os.environ if environ is None else environ
        values = {setting.field: _value(setting, environ) for setting in SETTINGS}
        values["mail_from_neutral"] = values["mail_from_neutral"] or values["mail_from"]
        settings = Settings(**values)
        _check_together(settings)
        return settings


@dataclass(frozen=True)
class Setting:
    """One variable: how it is read, what it is without, and what it is for. `default` None means it must be set."""

    name: str
    field: str
    read: Callable[[str], Any]
    default: str | None
    meaning: str
    secret: bool = False


def _text(value: str) -> str:
    if not value.isprintable():
        raise ValueError("write one line of printable text")
    return value


def _database_url(value: str) -> str:
    if not re.match(r"sqlite:////|postgresql(\+psycopg)?://", value):
        raise ValueError("write sqlite:////absolute/path.db or postgresql://user@host/name")
    return value


def _optional_database_url(value: str) -> str:
    return _database_url(value) if value else ""


def _absolute(value: str) -> Path:
    if not value.startswith("/"):
        raise ValueError("write an absolute path")
    return Path(value)


def _optional_path(value: str) -> Path | None:
    return _absolute(value) if value else None


def _copy(value: str) -> str:
    parts = urlsplit(value)
    is_address = parts.scheme in ("http", "https") and parts.hostname and not parts.query and not parts.fragment
    if value and not is_address and not value.startswith("/"):
        raise ValueError("write an absolute path, or an address such as https://mirror.example.org/log")
    return value.rstrip("/")


def _origin(value: str) -> str:
    if not re.fullmatch(r"[a-z0-9.-]+(:\d+)?(/[A-Za-z0-9._-]+)*", value):
        raise ValueError("write host and path without scheme, such as petitions.example.org/log")
    return value


def _base_url(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.netloc or parts.path or parts.query or parts.fragment:
        raise ValueError("write scheme and host with nothing after them, such as https://petitions.example.org")
    return value


def _onion(value: str) -> str | None:
    if value and not re.fullmatch(r"http://[a-z2-7]{56}\.onion", value):
        raise ValueError("write http://…56 characters….onion")
    return value or None


def _listen(value: str) -> tuple[str, int] | None:
    found = re.fullmatch(r"([a-z0-9.-]+|\[[0-9a-f:]+\]):(\d{1,5})", value)
    if value and (found is None or not 0 < int(found[2]) < 65_536):
        raise ValueError("write host and port, such as 127.0.0.1:9464")
    return (found[1].strip("[]"), int(found[2])) if found else None


def _transport(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme == "folder" and parts.path.startswith("/"):
        return value
    if parts.scheme in ("smtp", "smtps") and parts.hostname:
        return value
    raise ValueError("write smtp://user:password@host:587?starttls=1, smtps://…, or folder:///absolute/path")


def _mail_address(value: str) -> str:
    if not re.fullmatch(r"[^@\s<>]+@[^@\s<>]+", value) or parseaddr(value)[1] != value:
        raise ValueError("write one plain address, such as appeals@petitions.example.org")
    return value


def _optional_mail_address(value: str) -> str:
    return _mail_address(value) if value else ""


def _languages(value: str) -> tuple[str, ...]:
    found = tuple(code.strip() for code in value.split(","))
    if len(set(found)) != len(found) or not all(re.fullmatch(r"[a-z]{2,3}", code) for code in found):
        raise ValueError("write language codes with commas between them, such as en,tr,ug")
    return found


def _limit(value: str) -> str:
    if not re.fullmatch(r"[1-9]\d*/(second|minute|hour|day)", value):
        raise ValueError("write a number and a period, such as 60/minute")
    return value


def _flag(value: str) -> bool:
    if value not in ("0", "1"):
        raise ValueError("write 0 or 1")
    return value == "1"


def _whole(least: int, most: int) -> Callable[[str], int]:
    def read(value: str) -> int:
        if not re.fullmatch(r"\d{1,9}", value) or not least <= int(value) <= most:
            raise ValueError(f"write a whole number from {least} to {most}")
        return int(value)

    return read


SETTINGS = (  # the name of the variable, the field, how it is read, the default, the meaning
    Setting("DATABASE_URL", "database_url", _database_url, None,
            "Where the database is: `sqlite:////absolute/path.db` or `postgresql://user@host/name`.", secret=True),
    Setting("KEYS_DIR", "keys_dir", _absolute, None,
            "The folder of the key files (0700, files 0400), outside the database and its backups."),
    Setting("ORIGIN", "origin", _origin, None, "The log's name: host and path without scheme. It never changes."),
    Setting("BASE_URL", "base_url", _base_url, None,
            "The address of the pages as mails name it: scheme and host, `https` but here and on .onion hosts."),
    Setting("SMTP_URL", "smtp_url", _transport, None,
            "How mail leaves: `smtp://host:587?starttls=1`, `smtps://host`, or `folder:///path`.", secret=True),
    Setting("MAIL_FROM", "mail_from", _mail_address, None, "The sender's address."),
    Setting("MAIL_FROM_NEUTRAL", "mail_from_neutral", _optional_mail_address, "",
            "The sender's address for appeals at risk: its domain should say nothing. Without: `MAIL_FROM`."),
    Setting("OPERATOR_NAME", "operator_name", _text, None, "Who runs the service, for the imprint."),
    Setting("OPERATOR_ADDRESS", "operator_address", _text, None,
            "The operator's postal address on one line, for the imprint."),
    Setting("OPERATOR_EMAIL", "operator_email", _mail_address, None,
            "The operator's address for questions about personal data."),
    Setting("LANGUAGES", "languages", _languages, "en,tr,ug,ar", "The pages' languages, the first is the fall-back."),
    Setting("FORWARDED_HOPS", "forwarded_hops", _whole(0, 8), "0",
            "How many proxies in front are believed. Exactly this many, or clients choose their address."),
    Setting("FORM_MIN_SECONDS", "form_min_s", _whole(0, 60), "3",
            "A form sent faster than this was not filled in by a person."),
    Setting("FORM_MAX_SECONDS", "form_max_s", _whole(60, 604_800), "86400", "A form older than this is shown again."),
    Setting("SIGN_LIMIT", "sign_limit", _limit, "60/minute",
            "Sign forms accepted from one network prefix, per process."),
    Setting("QUEUE_MAX", "queue_max", _whole(1, 100_000), "1024",
            "Requests that may wait for the database in one process; beyond that the answer is 503."),
    Setting("PAGE_AGE_SECONDS", "page_age_s", _whole(0, 5), "1",
            "How old what public pages and the sign form show may be. What is decided never rests on it."),
    Setting("POOL_SIZE", "pool_size", _whole(2, 64), "8", "Database connections a process opens at most."),
    Setting("TALLY_EVERY_SECONDS", "tally_every_s", _whole(60, 604_800), "3600",
            "How often an appeal's countries are counted; what may be shown then is. At risk: once a day at most."),
    Setting("DEMONSTRATION", "demonstration", _flag, "0",
            "1 for a demonstration: marked as such on every page and letter, and its mail can be read on a page."),
    Setting("CLOCK_FILE", "clock_file", _optional_path, "",
            "Demonstration only: a file with the seconds by which its clock is ahead."),
    Setting("MAILBOX_DIR", "mailbox_dir", _optional_path, "",
            "Demonstration only: the folder whose mail `/mailbox` shows."),
    Setting("DSN_MAILDIR", "dsn_maildir", _optional_path, "",
            "A Maildir where mail to `MAIL_FROM` and its sub-addresses (`name+…@host`) arrives: reports on letters."),
    Setting("ERASURE_JOURNAL", "erasure_journal", _optional_path, "",
            "A file outside the database and its backups, to which the worker copies the erasures."),
    Setting("BACKUP_DIR", "backup_dir", _optional_path, "",
            "The folder of the backups, on another disk than the keys. With `KEYS_COPY`: kek-N is renewed weekly."),
    Setting("KEYS_COPY", "keys_copy", _optional_path, "",
            "A folder on a second medium: the files kek-N are copied there, and old copies destroyed with them."),
    Setting("WITNESS_POLICY", "witness_policy", _optional_path, "",
            "A file that names witnesses and quorum (tlog-policy). Without: the log's own signature is enough."),
    Setting("PUBLISHED_COPY", "published_copy", _copy, "",
            "Where a copy of the published log is, to compare at the start: an address or a folder."),
    Setting("ONION_LOCATION", "onion_location", _onion, "",
            "The same pages as an onion service, told to browsers that can."),
    Setting("METRICS_LISTEN", "metrics_listen", _listen, "",
            "Where this process hands out its metrics, `127.0.0.1:9464`; the worker needs a port of its own."),
    Setting("DATABASE_READ_URL", "database_read_url", _optional_database_url, "",
            "A replica that public pages read; while it is away they read `DATABASE_URL`.", secret=True),
)


def _value(setting: Setting, environ: Mapping[str, str]) -> Any:
    raw = environ.get(setting.name)
    if setting.secret and (path := environ.get(f"{setting.name}_FILE")):
        if raw is not None:
            raise ConfigError(f"{setting.name}: set it or {setting.name}_FILE, not both")
        raw = _from_file(f"{setting.name}_FILE", Path(path))
    if raw is None:
        raw = setting.default
    if raw is None or (not raw and setting.default is None):
        raise ConfigError(f"{setting.name} is not set. {setting.meaning}")
    try:
        return setting.read(raw)
    except ValueError as error:
        shown = "the value" if setting.secret else repr(raw)
        raise ConfigError(f"{setting.name}: {shown} cannot be used: {error}") from error


def _from_file(name: str, path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{name}: {path} cannot be read: {error}") from error


def _check_together(settings: Settings) -> None:
    if not settings.demonstration:
        for name, value in (("CLOCK_FILE", settings.clock_file), ("MAILBOX_DIR", settings.mailbox_dir)):
            if value is not None:
                raise ConfigError(f"{name}: only a demonstration has one; leave it out, or set DEMONSTRATION=1")
        _refuse_open_line(settings.base_url)
    if settings.keys_copy is not None and settings.keys_copy == settings.keys_dir:
        raise ConfigError("KEYS_COPY: it must be another folder than KEYS_DIR, on another medium")
    if settings.form_min_s >= settings.form_max_s:
        raise ConfigError("FORM_MIN_SECONDS: it must be less than FORM_MAX_SECONDS")


def _refuse_open_line(base_url: str) -> None:
    host = urlsplit(base_url).netloc.rsplit(":", 1)[0] if "]" not in base_url else "[::1]"
    if base_url.startswith("http://") and host not in LOCAL_HOSTS and not host.endswith(".onion"):
        raise ConfigError(f"BASE_URL: {base_url!r} cannot be used: what people sign must travel by https")
