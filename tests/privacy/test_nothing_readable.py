"""No personal byte is outside the vault's seals, and none anywhere after erasing."""

from __future__ import annotations

import base64
import json
import shutil

import pytest
import sqlalchemy as sa

from service.publishing.leaves import leaves
from service.readmodel.tables import metadata
from service.signatures.queries import mine_view
from service.store.tables import record
from service.vault.sealing import unseal, unwrap
from tests.installation import REF, Installation

NAME = "Qwzxia Unmistakable Vörbezk"
LOCAL = "qwzxia.unmistakable"
EMAIL = f"{LOCAL}@example.org"


def forms_of(text: str) -> list[bytes]:
    """Return the encodings in which a text could lie about: UTF-8, base64 at each offset, hex, JSON escapes."""
    raw = text.encode()
    shifted = [base64.b64encode(b"x" * n + raw)[4:-4] for n in range(3)]
    urlsafe = [base64.urlsafe_b64encode(b"x" * n + raw)[4:-4] for n in range(3)]
    return [raw, raw.hex().encode(), json.dumps(text)[1:-1].encode(), raw.upper(), *shifted, *urlsafe]


def everything_stored(installation: Installation) -> bytes:
    """Return every byte of every table, and of the database's files where it has files."""
    database = installation.services.database
    found = []
    with database.read() as connection:
        for table in metadata.sorted_tables:
            for row in connection.execute(sa.select(table)):
                found += [value if isinstance(value, bytes) else str(value).encode() for value in row]
    if database.path is not None:
        found += [path.read_bytes() for path in database.path.parent.glob(database.path.name + "*")]
    return b"\n".join(found)


def assert_holds_nothing(haystack: bytes) -> None:
    for text in (NAME, EMAIL, LOCAL):
        for needle in forms_of(text):
            assert needle not in haystack, needle


def test_the_search_finds_what_is_planted(installation: Installation) -> None:
    for text in (NAME, EMAIL):
        for needle in forms_of(text)[:3]:
            with pytest.raises(AssertionError):
                assert_holds_nothing(b"before" + needle + b"after")


def test_nothing_personal_is_readable_anywhere(installation: Installation) -> None:
    installation.signs(EMAIL, NAME)
    assert_holds_nothing(everything_stored(installation))
    page = installation.confirms(EMAIL)
    shutil.rmtree(installation.mail_folder)
    installation.records()
    assert_holds_nothing(everything_stored(installation))
    assert_holds_nothing(b"\n".join(leaves(installation.services.database)))
    for path in (f"/en/c/{REF}", "/en/", f"/c/{REF}/count.json", f"/en/c/{REF}/letters", f"/en/c/{REF}/sent"):
        assert_holds_nothing(installation.client().get(path).get_data())
    assert NAME in installation.client().get(page).get_data(as_text=True)


def test_a_record_opens_with_its_own_key_alone(installation: Installation) -> None:
    installation.signs(EMAIL, NAME)
    installation.confirms(EMAIL)
    keys = installation.services.keys
    with installation.services.database.read() as connection:
        row = connection.execute(sa.select(record)).mappings().one()
    associated = f"{row['campaign']}\0{row['signature']}\0{row['commitment']}".encode()
    assert unseal(unwrap(keys, row["kek"], row["wrapped_key"], associated), row["sealed"], associated)["name"] == NAME
    assert len(row["sealed"]) % 512 == 28  # nonce and tag beside padded content: sizes tell nothing


def test_after_erasing_no_key_opens_anything_and_the_count_stands(installation: Installation) -> None:
    installation.signs(EMAIL, NAME)
    page = installation.confirms(EMAIL)
    installation.records()
    root_before = list(leaves(installation.services.database))
    with installation.services.database.read() as connection:
        view = mine_view(connection, installation.services.keys, page.rsplit("/", 1)[1])
        row = connection.execute(sa.select(record)).mappings().one()
    assert view.record is not None
    sealed, wrapped = bytes(row["sealed"]), bytes(row["wrapped_key"])
    assert sealed in everything_stored(installation)
    installation.client().post(page, data={"action": "erase"})
    installation.records()
    after = everything_stored(installation)
    assert_holds_nothing(after)
    with installation.services.database.read() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(record)).scalar_one() == 0
    database = installation.services.database
    if database.path is not None:  # what is deleted is overwritten once the write-ahead log is emptied
        with database.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        on_disk = b"".join(path.read_bytes() for path in database.path.parent.glob(database.path.name + "*"))
        assert sealed not in on_disk
        assert wrapped not in on_disk
    assert list(leaves(database)) == root_before
    assert installation.count()["active"] == 1


def test_a_forgetting_campaign_holds_nothing_right_after_confirming(at_risk: Installation) -> None:
    at_risk.signs(EMAIL, NAME)
    at_risk.confirms(EMAIL)
    shutil.rmtree(at_risk.mail_folder)
    assert_holds_nothing(everything_stored(at_risk))
    assert at_risk.rows(record) == 0


def test_signed_and_unsigned_addresses_cost_the_same_statements(installation: Installation) -> None:
    installation.signs(EMAIL, NAME)
    installation.confirms(EMAIL)
    form = installation.form()
    said: list[list[str]] = []
    for email in (EMAIL, "never-seen@example.org"):
        statements: list[str] = []

        def note(
            connection: object, cursor: object, statement: str, *rest: object, into: list[str] = statements
        ) -> None:
            into.append(statement)

        engine = installation.services.database.engine
        sa.event.listen(engine, "before_cursor_execute", note)
        answer = installation.posts(form | {"full_name": NAME, "email": email, "consent": "yes"})
        sa.event.remove(engine, "before_cursor_execute", note)
        said.append([*statements, str(answer.status_code), answer.headers["Location"]])
    assert said[0] == said[1]


def test_at_risk_nothing_public_moves_for_one_person(at_risk: Installation) -> None:
    before = at_risk.count()
    at_risk.signs(EMAIL, NAME)
    at_risk.confirms(EMAIL)
    at_risk.records()
    assert at_risk.count() == before
