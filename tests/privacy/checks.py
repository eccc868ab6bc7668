"""Checks of PRIVACY section 12 as functions: each lets people do things, and returns what it found wrong.

`test_checks.py` shows that they find nothing, and something once a protection is taken out.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes, policy
from pathlib import Path

from structlog.testing import capture_logs

from service.audit.replay import replay
from service.campaigns.commands import CloseCampaign, SealCampaign
from service.campaigns.handlers import close_campaign, seal_campaign
from service.campaigns.queries import appeal_document, campaign_by_ref
from service.operations.backup import make_backup
from service.operations.logging import log_requests
from service.operations.restore_backup import Wanted, restore_backup
from service.publishing.leaves import leaves
from service.signatures.sealing import forget_signers
from service.store.tables import mine, outbox, pending, record, signature
from service.vault.annexes import Annex, annex_of, keep_annex, lock_package
from service.vault.erasure import copy_journal
from tests.installation import Installation
from tests.privacy.opening import keys_under, readable
from tests.privacy.search import files_under, places_of, tables_of
from tests.privacy.test_no_address_of_the_network import left_of
from tests.privacy.test_no_oracle import told_apart
from tests.signatures.test_sealing import left

EMAIL, NAME, LOCAL = "qwzxia.unmistakable@example.org", "Qwzxia Unmistakable Vörbezk", "qwzxia.unmistakable"
MARKED = (NAME, LOCAL)
SPELLED = (
    "Zoë.Ab@Bücher.example",
    "zoë.ab@xn--bcher-kva.example",
    "ZOE\u0308.AB@BU\u0308CHER.example.",
    "zoë.ab@bücher。example",
)
LINK = re.compile(r"http://localhost(/confirm/[A-Za-z0-9_-]+)")
VALUES = re.compile(rb'"([A-Za-z0-9_-]{22,})"')
Check = Callable[[Installation, Path], list[str]]


def _found(installation: Installation, folder: Path) -> list[str]:
    """Return where somebody marked is written, or can be read with the keys of this machine."""
    for mail in installation.mail_folder.iterdir():
        mail.unlink()  # it is in another's mailbox
    database = installation.services.database
    with database.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    heaps = [*tables_of(database), *files_under(folder)]
    heaps += readable(database, keys_under(installation.services.settings.keys_dir))
    return sorted(places_of(heaps, MARKED))


def who_was_erased_is_nowhere(installation: Installation, folder: Path) -> list[str]:
    """Check 2, for one of each kind: recorded with news, and a form that another sent."""
    installation.signs(EMAIL, NAME, news="yes")
    page = installation.confirms(EMAIL)
    installation.signs(f"other.{EMAIL}", NAME)
    form = installation.link_for(f"other.{EMAIL}")
    installation.records()
    before, count = list(leaves(installation.services.database)), installation.count()
    installation.client().post(form, data={"action": "not_me"})
    installation.client().post(page, data={"action": "erase"})
    installation.records()
    found = _found(installation, folder)
    found += [f"a row of {table.name}" for table in (record, mine, pending, outbox) if installation.rows(table)]
    if list(leaves(installation.services.database)) != before or installation.count() != count:
        found.append("the log or a count moved")
    return found


def nobody_is_kept_who_is_forgotten(installation: Installation, folder: Path) -> list[str]:
    """Check 3 of an appeal that forgets."""
    installation.signs(EMAIL, NAME)
    installation.confirms(EMAIL)
    return _found(installation, folder)


def sealing_leaves_nothing(installation: Installation, folder: Path) -> list[str]:
    """Check 3 of the end: key and records are gone."""
    services, clock = installation.services, installation.clock
    installation.signs(EMAIL, NAME)
    installation.confirms(EMAIL)
    installation.records()
    with services.database.read() as connection:
        ref = campaign_by_ref(connection, "istanbul-two").ref
    close_campaign(CloseCampaign(ref, "outcome", "test", clock.now()), services.log)
    clock.moment += timedelta(days=31)
    seal_campaign(SealCampaign(ref, clock.now()), services.log, forget_signers)
    return _found(installation, folder) + sorted(left(services.database))


def nobody_learns_who_signed(installation: Installation, _folder: Path) -> list[str]:
    """Check 4."""
    return told_apart(installation)


def a_scanner_confirms_nothing(installation: Installation, _folder: Path) -> list[str]:
    """Check 4: mail scanners open every link, and follow none of its buttons."""
    installation.signs(EMAIL, NAME)
    link, client = installation.link_for(EMAIL), installation.client()
    for method in ("GET", "HEAD", "OPTIONS"):
        client.open(link, method=method)
    return ["confirmed"] if installation.rows(signature) else []


def log_and_lines_name_nobody(installation: Installation, _folder: Path) -> list[str]:
    """Check 5: every leaf is of its type, and neither leaves nor log lines hold a name, an address or a link."""
    log_requests(installation.app)
    with capture_logs() as lines:
        installation.signs(EMAIL, NAME)
        page = installation.confirms(EMAIL)
        installation.client().get(page)
        installation.records()
    public = list(leaves(installation.services.database))
    heaps = [("leaf", leaf) for leaf in public] + [("line", json.dumps(line).encode()) for line in lines]
    heaps += [("leaf", base64.urlsafe_b64decode(value + b"==")) for leaf in public for value in VALUES.findall(leaf)]
    found = places_of(heaps, [*MARKED, page.rsplit("/", 1)[1]])
    return sorted(found) + [str(error) for error in replay(public).errors]


def days_are_those_of_the_press(installation: Installation, _folder: Path) -> list[str]:
    """Check 6: an entry bears the day of the button, also if it was appended on another."""
    days = []
    installation.records()
    for number in range(2):
        installation.clock.moment = installation.clock.moment.replace(hour=23, minute=55)
        days.append(installation.clock.moment.date().isoformat())
        installation.signs(f"person{number}@example.org")
        installation.confirms(f"person{number}@example.org")
        installation.clock.moment += timedelta(minutes=6)
        installation.records()
    told = [json.loads(leaf)["day"] for leaf in leaves(installation.services.database) if b'"signature.' in leaf]
    return [] if told == days else [f"{told} for {days}"]


def one_mailbox_signs_once(installation: Installation, _folder: Path) -> list[str]:
    """Check 7, one after the other: however an address is typed."""
    for spelled in SPELLED:
        installation.signs(spelled)
    links = {link for _, _, body in installation.mails() for link in LINK.findall(body)}
    assert len(links) > 1, "of more mails than the flood limit lets through"
    for link in links:
        installation.client().post(link, data={"action": "confirm"})
    installation.records()
    active = installation.count()["active"]
    return [] if active == 1 else [f"{active} signatures of one mailbox"]


def a_restore_brings_nobody_back(installation: Installation, folder: Path) -> list[str]:
    """Check 8: who was erased after the backup is erased again."""
    services, journal = installation.services, folder / "erasures"
    copy_journal(services.database, journal)
    installation.signs(EMAIL, NAME)
    page = installation.confirms(EMAIL)
    installation.records()
    backup = make_backup(services.database, services.keys.origin, folder / "backups", "2026-03-02")
    installation.client().post(page, data={"action": "erase"})
    copy_journal(services.database, journal)
    services.database.dispose()
    settings = replace(services.settings, erasure_journal=journal)
    list(restore_backup(settings, installation.clock, backup, Wanted(replace=True)))
    return [f"a row of {table.name}" for table in (record, mine) if installation.rows(table)]


def an_annex_that_is_over_cannot_be_opened(installation: Installation, _folder: Path) -> list[str]:
    """Check 8: what opens the commitment of an annex is destroyed when it was received."""
    services = installation.services
    with services.database.write() as connection:
        campaign = campaign_by_ref(connection, "istanbul-two").id
        keep_annex(connection, services.keys, Annex("l_0123456789", campaign, 1, 1, "r" * 86), [])
    with services.database.write() as connection:
        lock_package(connection, "l_0123456789")
    with services.database.read() as connection:
        kept = annex_of(connection, services.keys, "l_0123456789")
    return ["what opens it is kept"] if kept is None or kept.r else []


def mail_at_risk_tells_nothing(installation: Installation, _folder: Path) -> list[str]:
    """Check 9: no word of title, persons or slug stands in any header or body."""
    with installation.services.database.read() as connection:
        campaign = campaign_by_ref(connection, "istanbul-two")
        persons = appeal_document(connection, campaign)["persons"]
    texts = [*campaign.settings["title"].values(), campaign.ref, json.dumps(persons, ensure_ascii=False)]
    telling = {word for text in texts for word in re.findall(r"\w{6,}", text.casefold())} | {campaign.ref}
    for lang in ("en", "tr", "ug", "ar"):
        installation.signs(f"{lang}@example.org", lang=lang)
    installation.mails()
    found = set()
    for path in installation.mail_folder.iterdir():
        mail = message_from_bytes(path.read_bytes(), policy=policy.default)
        text = "\n".join([*(f"{name}: {value}" for name, value in mail.items()), mail.get_content()]).casefold()
        found |= {word for word in telling if word in text}
    return sorted(found)


def no_address_of_the_network_is_kept(installation: Installation, folder: Path) -> list[str]:
    """Check 9."""
    return left_of(installation, folder, "203.0.113.77")
