"""Settings: read from the environment or from files; a wrong one stops the start and is named."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest

from service.config import SETTINGS, Settings
from service.errors import ConfigError

GOOD = {
    "DATABASE_URL": "sqlite:////srv/undersigned.db",
    "KEYS_DIR": "/srv/keys",
    "ORIGIN": "petitions.example.org/log",
    "BASE_URL": "https://petitions.example.org",
    "SMTP_URL": "smtp://mail.example.org:587?starttls=1",
    "MAIL_FROM": "appeals@petitions.example.org",
    "OPERATOR_NAME": "Example Operator",
    "OPERATOR_ADDRESS": "1 Sample Street, Exampleton",
    "OPERATOR_EMAIL": "operator@petitions.example.org",
}
WRONG = {
    "DATABASE_URL": ["mysql://host/name", "sqlite:///relative.db", ""],
    "KEYS_DIR": ["keys", ""],
    "ORIGIN": ["https://petitions.example.org/log", "a b", ""],
    "BASE_URL": ["petitions.example.org", "https://petitions.example.org/", "http://petitions.example.org", "ftp://x"],
    "SMTP_URL": ["mail.example.org", "folder://relative", "smtp://"],
    "MAIL_FROM": ["Appeals <appeals@example.org>", "nobody", "a@b\nBcc: c@d"],
    "OPERATOR_NAME": ["two\nlines", ""],
    "LANGUAGES": ["en,en", "english", "", "en,,tr"],
    "FORWARDED_HOPS": ["-1", "many", "9", "1.0"],
    "FORM_MIN_SECONDS": ["soon", "61"],
    "FORM_MAX_SECONDS": ["0", "99999999999"],
    "SIGN_LIMIT": ["60", "60 per minute", "0/minute"],
    "QUEUE_MAX": ["0"],
    "PAGE_AGE_SECONDS": ["-1", "6"],
    "POOL_SIZE": ["0", "65"],
    "DEMONSTRATION": ["yes", "True", "2"],
    "ERASURE_JOURNAL": ["relative"],
    "WITNESS_POLICY": ["relative"],
    "PUBLISHED_COPY": ["relative", "ftp://mirror.example.org/log", "https://", "https://mirror.example.org/log?x=1"],
    "ONION_LOCATION": ["https://example.onion", "http://short.onion"],
}


def test_good_settings_are_read() -> None:
    settings = Settings.from_environment(GOOD)
    assert settings.keys_dir == Path("/srv/keys")
    assert settings.languages == ("en", "tr", "ug", "ar")
    assert settings.mail_from_neutral == settings.mail_from
    assert settings.demonstration is False


def test_every_field_has_one_variable() -> None:
    assert [setting.field for setting in SETTINGS] == [field.name for field in fields(Settings)]


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in WRONG.items() for value in values])
def test_a_wrong_value_stops_the_start_and_names_the_variable(name: str, value: str) -> None:
    with pytest.raises(ConfigError, match=rf"^{name}"):
        Settings.from_environment(GOOD | {name: value})


@pytest.mark.parametrize("name", [setting.name for setting in SETTINGS if setting.default is None])
def test_a_missing_value_stops_the_start_and_names_the_variable(name: str) -> None:
    with pytest.raises(ConfigError, match=rf"^{name} is not set"):
        Settings.from_environment({each: value for each, value in GOOD.items() if each != name})


def test_a_secret_is_read_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("postgresql://user:password@host/name\n")
    environ = {name: value for name, value in GOOD.items() if name != "DATABASE_URL"}
    settings = Settings.from_environment(environ | {"DATABASE_URL_FILE": str(tmp_path / "secret")})
    assert settings.database_url == "postgresql://user:password@host/name"


def test_a_secret_in_two_places_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="DATABASE_URL_FILE, not both"):
        Settings.from_environment(GOOD | {"DATABASE_URL_FILE": str(tmp_path / "secret")})


def test_a_secrets_file_that_is_missing_is_named(tmp_path: Path) -> None:
    environ = {name: value for name, value in GOOD.items() if name != "SMTP_URL"}
    with pytest.raises(ConfigError, match=r"^SMTP_URL_FILE"):
        Settings.from_environment(environ | {"SMTP_URL_FILE": str(tmp_path / "missing")})


def test_no_secret_has_a_default() -> None:
    assert [setting.name for setting in SETTINGS if setting.secret] == ["DATABASE_URL", "SMTP_URL", "DATABASE_READ_URL"]
    assert not [setting.name for setting in SETTINGS if setting.secret and setting.default]


@pytest.mark.parametrize("name", [setting.name for setting in SETTINGS if not setting.secret])
def test_only_secrets_are_read_from_files(name: str, tmp_path: Path) -> None:
    (tmp_path / "value").write_text("nonsense")
    environ = GOOD | {f"{name}_FILE": str(tmp_path / "value")}
    assert Settings.from_environment(environ) == Settings.from_environment(GOOD)


def test_a_wrong_secret_is_not_repeated() -> None:
    with pytest.raises(ConfigError) as refused:
        Settings.from_environment(GOOD | {"SMTP_URL": "smpt://user:hunter2@host"})
    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize("name", ["CLOCK_FILE", "MAILBOX_DIR"])
def test_what_only_a_demonstration_has_is_refused_elsewhere(name: str) -> None:
    with pytest.raises(ConfigError, match=rf"^{name}"):
        Settings.from_environment(GOOD | {name: "/srv/thing"})
    assert Settings.from_environment(GOOD | {name: "/srv/thing", "DEMONSTRATION": "1"}).demonstration


def test_an_onion_service_and_this_machine_need_no_https() -> None:
    for base in (f"http://{'a' * 56}.onion", "http://127.0.0.1:8000", "http://localhost", "http://[::1]:8000"):
        assert Settings.from_environment(GOOD | {"BASE_URL": base}).base_url == base
