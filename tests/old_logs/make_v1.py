"""Makes the golden log of version 1: every public event type, every rule kept. Run it to see that it is still the same.

python -m tests.old_logs.make_v1 > v1.ndjson
"""

from __future__ import annotations

import sys

from tests.audit.builder import AT_RISK, ORIGIN, Builder, commitment, hashed, token, vkey

ONE, TWO, THREE = "c_Ordinary01", "c_AtRisk0001", "c_Withdrawn1"


def build() -> Builder:
    """Return the log: about 200 entries over half a year."""
    log = Builder()
    for slug in ("some-court", "some-ministry", "some-office"):
        log.office(slug)
    log.campaign(ONE, addressees=["some-court", "some-ministry"])
    log.campaign(TWO, AT_RISK)
    log.campaign(THREE)
    _ordinary(log)
    _at_risk(log)
    _letters(log)
    _endings(log)
    return log


def _ordinary(log: Builder) -> None:
    log.add("campaign.translation_published", campaign=ONE, text=hashed(f"{ONE} text"), language="tr",
            document=hashed("translation"), reviewed=1)  # fmt: skip
    log.day = "2026-01-20"
    for number in range(60):
        log.signs(ONE, number)
    for number in range(6):
        log.withdraws(ONE, number)
    log.signs(ONE, 0, "renewed")
    for number in (10, 11, 12):
        log.add("signature.invalidated", campaign=ONE, signature=token(number, ONE), reason="automated",
                batch="b_Automated1", approvals=2)  # fmt: skip
    log.add("signature.reinstated", campaign=ONE, signature=token(12, ONE), batch="b_Automated1", approvals=2)
    log.add("tally.published", campaign=ONE, text=hashed(f"{ONE} text"), at_size=len(log.events), active=53, outdated=0,
            withdrawn=5, invalidated=2, by_country={"CZ": 30, "TR": 10}, merged=13, erased=0)  # fmt: skip
    log.add("campaign.wording_published", campaign=ONE, wording=hashed("wording 2"), reviewed=1)
    log.add("campaign.text_corrected", campaign=ONE, text=hashed("corrected"), replaces=hashed(f"{ONE} text"))
    log.day = "2026-02-01"
    for number in range(60, 70):
        log.signs(ONE, number, text=hashed("corrected"), wording=hashed("wording 2"))
    log.add("campaign.text_replaced", campaign=ONE, text=hashed("replaced"), replaces=hashed("corrected"))
    for number in range(20, 40):
        log.signs(ONE, number, "renewed", text=hashed("replaced"), wording=hashed("wording 2"))


def _at_risk(log: Builder) -> None:
    log.day = "2026-02-10"
    for number in range(20):
        log.signs(TWO, number)
    log.withdraws(TWO, 3)
    log.add("tally.published", campaign=TWO, text=hashed(f"{TWO} text"), at_size=len(log.events), active=19, outdated=0,
            withdrawn=1, invalidated=0, by_country={}, merged=19, erased=0)  # fmt: skip
    for number in range(5):
        log.signs(THREE, number)


def _letters(log: Builder) -> None:
    log.day = "2026-03-01"
    text = {"text": hashed("replaced")}
    log.letter("l_Answered01", ONE, 20, **text)
    log.add("letter.approved", letter="l_Answered01", approvals=2, pdf=hashed("l_Answered01 pdf"))
    log.add("letter.uncertain", letter="l_Answered01", attempt=1)
    log.add("letter.handed_over", letter="l_Answered01", channel="email", attempt=1, evidence=hashed("e1"), named=0,
            approvals=2)  # fmt: skip
    log.add("letter.accepted", letter="l_Answered01", evidence=hashed("e2"))
    log.add("letter.acknowledged", letter="l_Answered01", evidence=hashed("e3"))
    log.day = "2026-04-15"
    log.add("letter.overdue", letter="l_Answered01", due="2026-04-01")
    log.add("letter.answered", letter="l_Answered01", outcome="interim", version=1, document=hashed("a1"))
    log.add("letter.answered", letter="l_Answered01", outcome="answer", version=2, document=hashed("a2"))
    log.letter("l_Bounced001", ONE, 20, **text)
    log.add("letter.approved", letter="l_Bounced001", approvals=3, pdf=hashed("l_Bounced001 pdf"))
    log.add("letter.failed", letter="l_Bounced001", attempt=1, class_="temporary")
    log.add("letter.handed_over", letter="l_Bounced001", channel="email", attempt=2, evidence=hashed("e4"), named=0)
    log.add("letter.bounced", letter="l_Bounced001", evidence=hashed("e5"))
    log.letter("l_Bounced001", ONE, 20, **text)
    log.add("letter.dropped", letter="l_Bounced001", reason="abandoned")
    log.letter("l_Named00001", ONE, 20, named=6, names=commitment("names"), **text)


def _endings(log: Builder) -> None:
    log.day = "2026-05-01"
    log.add("addressee.amended", addressee="some-office", document=hashed("new"), replaces=hashed("some-office"))
    log.add("addressee.retired", addressee="some-office", reason="closed")
    log.add("key.rotated", role="log", key=vkey(ORIGIN, 4), replaces=vkey(ORIGIN, 1).split("+")[1], reason="planned")
    log.add("export.made", campaign=ONE, scope="counts", recipient="organizer", at_size=100, approvals=0)
    log.add("incident.reported", class_="outage", document=hashed("outage"))
    log.add("audit.reported", campaign=ONE, at_size=100, sampled=30, opened=28, unanswered=2, failed=0,
            document=hashed("audit"))  # fmt: skip
    log.add("campaign.extended", campaign=ONE, closes="2027-01-31")
    log.add("campaign.closed", campaign=TWO, reason="goal")
    log.add("campaign.reopened", campaign=TWO, closes="2026-12-31")
    log.add("campaign.withdrawn", campaign=THREE, reason="persons-request")
    log.add("campaign.update_posted", campaign=ONE, document=hashed("update"))
    log.add("campaign.closed", campaign=ONE, reason="outcome")
    log.add("campaign.outcome_recorded", campaign=ONE, document=hashed("outcome"), outcome="partly")
    log.day = "2026-05-20"
    log.add("campaign.sealed", campaign=ONE)
    log.add("campaign.sealed", campaign=THREE)
    log.add("document.removed", document=hashed("update"), reason="person", approvals=2)


if __name__ == "__main__":
    sys.stdout.buffer.write(b"".join(line + b"\n" for line in build().lines()))
