"""One decision over people who withdrew, were erased and renewed, before it was asked and until it was made.

Taken back after some renewed; service, rebuild and the auditor's replay agree after each step.
"""

from __future__ import annotations

import sqlalchemy as sa

from service.audit.replay import replay
from service.eventlog.catalogue import encode
from service.readmodel.rebuild import rebuild
from service.readmodel.tables import live
from service.signatures.commands import RenewSignature
from service.signatures.renewal import renewal_by_button
from service.signatures.renewing import renew_signature
from tests.signatures.conftest import CAMPAIGN, PROJECTIONS, Signing
from tests.signatures.judging import accuses, decides, entry_of, preview, takes_back

SECOND, THIRD = "e" * 64, "f" * 64


def renews(signing: Signing, page: str) -> str:
    """Press the button of one's own page."""
    shown, now = signing.campaign, signing.clock.now()
    row_id = renewal_by_button(signing.desk, page, now)
    return renew_signature(RenewSignature(row_id, page, shown.text, shown.wording, now), signing.desk)


def agreed(signing: Signing) -> dict[str, int]:
    """Record, and return the counts, which are the same after a rebuild and in the auditor's replay."""
    signing.records()
    counts = signing.counts()
    before = _tables(signing)
    rebuild(signing.log, PROJECTIONS, lambda done, of: None)
    assert _tables(signing) == before
    report = replay([encode(entry.event) for entry in signing.log.entries(0, 10_000) if entry.is_public])
    assert (report.errors, report.findings) == ([], [])
    assert {name: getattr(report.campaigns[CAMPAIGN], name) for name in counts} == counts
    return counts


def _tables(signing: Signing) -> dict[str, list[tuple[object, ...]]]:
    with signing.database.read() as connection:
        return {one.name: sorted(map(tuple, connection.execute(sa.select(one)))) for one in live.all()}


def counts(active: int, outdated: int, withdrawn: int, invalidated: int) -> dict[str, int]:
    return {"active": active, "outdated": outdated, "withdrawn": withdrawn, "invalidated": invalidated}


def test_it_hits_who_stands_as_listed_and_taking_it_back_leaves_the_rest_alone(signing: Signing) -> None:
    pages = [signing.joins() for _ in range(8)]
    left, erased, renewed, leaves_later, erased_later, renews_later, *plain = pages
    signing.becomes(SECOND, "replace")
    signing.leaves(left)
    signing.records()
    entries = [entry_of(signing, page) for page in pages]
    signing.leaves(erased, withdraw=False, erase=True)
    assert renews(signing, renewed) == "renewed"
    assert agreed(signing) == counts(1, 6, 1, 0)

    command = accuses(signing, [*entries, entry_of(signing, renewed)])
    assert preview(signing, command)[1] == "signatures: 7 of 9; left out: 1 withdrawn, 1 renewed"
    signing.leaves(leaves_later)
    signing.leaves(erased_later, withdraw=False, erase=True)
    assert renews(signing, renews_later) == "renewed"
    assert decides(signing, command) == 5  # the erased ones, too: nobody but the vault knows them
    assert agreed(signing) == counts(1, 0, 2, 5)

    signing.leaves(renewed, withdraw=False, erase=True)
    signing.leaves(plain[0])
    signing.becomes(THIRD, "replace")
    assert renews(signing, renews_later) == "renewed"
    assert agreed(signing) == counts(1, 0, 3, 4)
    back = takes_back(signing, command.batch)
    assert decides(signing, back) == 4
    assert agreed(signing) == counts(1, 4, 3, 0)
    assert renews(signing, plain[1]) == "renewed"
    assert agreed(signing) == counts(2, 3, 3, 0)
