"""A text is replaced while 64 people confirm and renew: nothing is lost, nobody counts for what they did not see."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from service.audit.replay import replay
from service.errors import Busy, LinkUnknown, TextChanged
from service.eventlog.catalogue import encode
from service.signatures.commands import RenewSignature
from service.signatures.events import SignatureRecorded, SignatureRenewed
from service.signatures.queries import mine_view
from service.signatures.renewal import renewal_by_button
from service.signatures.renewing import renew_signature
from tests.signatures.conftest import CAMPAIGN, TEXT, Signing

SECOND, THIRD = "e" * 64, "f" * 64
PEOPLE = 32


def test_replacing_while_people_confirm_and_renew(signing: Signing) -> None:
    members = [signing.joins(f"old{number}@example.org") for number in range(PEOPLE)]
    signing.becomes(SECOND, "replace")
    links = [signing.signs(f"new{number}@example.org", text=SECOND) for number in range(PEOPLE)]
    shown = signing.campaign

    def confirms(link: str) -> str | None:
        """Press a mailed button: the page of who was told yes."""
        try:
            return signing.confirms(link)[1]
        except (TextChanged, Busy):
            return None

    def renews(page: str) -> str | None:
        """Press the button of the own page, which showed the second text."""
        try:
            row_id = renewal_by_button(signing.desk, page, signing.clock.now())
            command = RenewSignature(row_id, page, shown.text, shown.wording, signing.clock.now())
            return page if renew_signature(command, signing.desk) == "renewed" else None
        except (TextChanged, LinkUnknown, Busy):
            return None

    with ThreadPoolExecutor(2 * PEOPLE + 1) as pool:
        work = [
            job
            for link, page in zip(links, members, strict=True)
            for job in (pool.submit(confirms, link), pool.submit(renews, page))
        ]
        change = pool.submit(signing.becomes, THIRD, "replace")
        told = [page for job in work if (page := job.result()) is not None]
        change.result()
    agrees(signing, told)


def agrees(signing: Signing, told: list[str]) -> None:
    """Check that those who were told yes, and nobody else, stand in the log for the text that they saw."""
    signing.records()
    entries = [entry.event for entry in signing.log.entries(0, 10_000)]
    stated = [one for one in entries if isinstance(one, (SignatureRecorded, SignatureRenewed)) and one.text == SECOND]
    with signing.database.read() as connection:
        views = [mine_view(connection, signing.keys, page) for page in told]
    leaves = {encode(one).decode() for one in entries if isinstance(one, (SignatureRecorded, SignatureRenewed))}
    assert sorted(view.signature for view in views) == sorted(one.signature for one in stated)
    assert all(view.promise and view.leaf in leaves for view in views)
    assert {one.text for one in entries if isinstance(one, (SignatureRecorded, SignatureRenewed))} <= {TEXT, SECOND}
    report = replay([encode(entry.event) for entry in signing.log.entries(0, 10_000) if entry.is_public])
    assert report.errors == []
    assert (report.campaigns[CAMPAIGN].active, signing.counts()["active"]) == (0, 0)
    assert report.campaigns[CAMPAIGN].outdated == PEOPLE + sum(isinstance(one, SignatureRecorded) for one in stated)
