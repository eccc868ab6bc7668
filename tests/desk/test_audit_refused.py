"""No sample is handed out and no audit reported by one person, nor a sample of which nothing opens."""

from __future__ import annotations

import base64
from dataclasses import replace

import pytest
import sqlalchemy as sa

from service.desk.requests import Desk, Params, RequestKind
from service.desk.tables import request
from service.errors import Refused
from service.eventlog.event_store import current
from service.publishing.audit_report import ReportAudit, report_audit
from service.publishing.audit_sample import HandOut, Sample, hand_out
from service.publishing.checkpoint import newest, publish
from service.signatures.sampled import openings_of
from service.vault.keys import Keys
from tests.desk.conftest import Office
from tests.letters.conftest import CAMPAIGN, Appeal
from tests.publishing.partners import alone

RANDOMNESS = "5eed" * 16


@pytest.mark.parametrize("retention", ["forget", "close+30d"])
def test_where_nothing_is_kept_nothing_opens_and_the_command_says_so(
    office: Office, keys: Keys, retention: str
) -> None:
    office.appoints("anna", "auditor")
    appeal = Appeal(office.database, office.desk.log, office.clock)
    appeal.opens(demonstration=False, retention=retention, tally_min=0)
    appeal.signed_by(*"abc")  # of whom no record is kept, as if all had been erased
    publish(office.database, keys, alone(keys))
    with office.database.read() as connection:
        published = newest(connection)
    assert published is not None
    params = {
        "campaign": CAMPAIGN, "checkpoint": published.note, "chain": "quicknet", "round": 1, "randomness": RANDOMNESS,
        "recipient": base64.b64encode(b"\x09" + bytes(31)).decode(), "size": 2,
    }  # fmt: skip
    with pytest.raises(Refused, match="come forward"):
        office.approves("ben", office.asks("anna", "audit-sample", **params))
    with office.database.read() as connection:
        waits = connection.execute(sa.select(request.c.id).where(request.c.kind == "audit-sample")).all()
    assert len(waits) == (0 if retention == "forget" else 1)


def test_one_person_is_not_enough_whoever_calls(office: Office, appeal: Appeal, keys: Keys) -> None:
    sample = Sample(CAMPAIGN, "", "quicknet", 1, RANDOMNESS, "", 1)
    report = ReportAudit(CAMPAIGN, 1, 1, 1, 0, 0, appeal.text)
    with appeal.log.transaction() as connection:
        with pytest.raises(Refused, match="two people"):
            hand_out(HandOut(sample, "a_1", 1, office.clock.now()), appeal.log, connection, keys, openings_of)
        with pytest.raises(Refused, match="two people"):
            report_audit(report, appeal.log, connection, 1, office.clock.now())


def test_what_takes_long_to_read_is_read_before_the_transaction_at_asking_and_at_approving(office: Office) -> None:
    seen = []

    def prepare(desk: Desk, params: Params) -> Params:
        seen.append(current.get(None))
        return params | {"found": 7}

    both = frozenset({"administrator"})
    kind = RequestKind("slow", both, both, lambda _, params: [str(params)], lambda *_: "done", prepare=prepare)
    office.desk = replace(office.desk, kinds=(kind,))
    asked = office.asks("ada", "slow")
    assert asked.says == ["{'found': 7}"]
    assert office.approves("ben", asked) == "done"
    assert seen == [None, None]
