"""Each event of a campaign changes its read models as it should, in pages of any size, and again after a rebuild."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from service.campaigns.events import (
    CampaignClosed,
    CampaignEvent,
    CampaignExtended,
    CampaignOpened,
    CampaignReopened,
    CampaignSealed,
    CampaignWithdrawn,
    OutcomeRecorded,
    Rules,
    TallyPublished,
    TextCorrected,
    TextReplaced,
    TranslationPublished,
    UpdatePosted,
    WordingPublished,
)
from service.eventlog.log import PetitionLog
from service.readmodel.rebuild import rebuild
from service.readmodel.runner import Runner
from service.readmodel.tables import live
from service.store.database import Database
from tests.signatures.conftest import PROJECTIONS

ID, DAY = "c_0000000001", "2026-03-02"
A, B, C, D = ("a" * 64, "b" * 64, "c" * 64, "d" * 64)
RULES = Rules(risk="ordinary", unique="hmac/1", batch_min=1, batch_max_s=0, retention="close+30d", tally_min=5)


def of(kind: Callable[..., CampaignEvent], **fields: Any) -> CampaignEvent:
    return kind(day=DAY, campaign=ID, **fields)


OPENED = of(
    CampaignOpened, text=A, wording=D, language="en", opens=DAY, closes="2026-05-31", addressees=["office"], rules=RULES
)
CORRECTED = of(TextCorrected, text=B, replaces=A)
REPLACED = of(TextReplaced, text=C, replaces=B)
CLOSED = of(CampaignClosed, reason="organizer")
TALLY = of(
    TallyPublished,
    text=A,
    at_size=1,
    active=0,
    outdated=0,
    withdrawn=0,
    invalidated=0,
    by_country={},
    merged=0,
    erased=0,
)
Version = tuple[str, str, str]  # text, what it replaces, how
FIRST: list[Version] = [(A, "", "opened")]
SECOND = [*FIRST, (B, A, "corrected")]
CASES: list[tuple[list[CampaignEvent], str, str, list[Version]]] = [  # events, state, text, chain
    ([], "open", A, FIRST),
    ([CLOSED], "closed", A, FIRST),
    ([CLOSED, of(CampaignReopened, closes="2026-09-01")], "open", A, FIRST),
    ([of(CampaignWithdrawn, reason="order")], "withdrawn", A, FIRST),
    ([CLOSED, of(CampaignSealed)], "sealed", A, FIRST),
    ([of(CampaignExtended, closes="2026-09-01")], "open", A, FIRST),
    ([CORRECTED], "open", B, SECOND),
    ([CORRECTED, of(TextCorrected, text=A, replaces=B)], "open", A, [*SECOND, (A, B, "corrected")]),
    ([CORRECTED, of(TextReplaced, text=A, replaces=B)], "open", A, [*SECOND, (A, B, "replaced")]),
    ([CORRECTED, REPLACED], "open", C, [*SECOND, (C, B, "replaced")]),
    ([of(WordingPublished, wording=C, reviewed=1)], "open", A, FIRST),
    ([of(TranslationPublished, text=A, language="tr", document=B, reviewed=1)], "open", A, FIRST),
    ([of(OutcomeRecorded, document=B, outcome="partly")], "open", A, FIRST),
    ([of(UpdatePosted, document=B)], "open", A, FIRST),
    ([TALLY], "open", A, FIRST),
]


def shown(database: Database) -> tuple[str, str, list[Version]]:
    chain = live.text_chain
    with database.read() as connection:
        counts = connection.execute(sa.select(live.counts)).mappings().one()
        versions = connection.execute(sa.select(chain).order_by(chain.c.entry)).mappings().all()
    assert (counts["active"], counts["outdated"], counts["withdrawn"], counts["invalidated"]) == (0, 0, 0, 0)
    assert all(row["day"] == DAY for row in versions)
    texts = [(row["text"], row["replaces"], row["how"]) for row in versions]
    return counts["state"], counts["current_text"], texts


@pytest.mark.parametrize(("events", "state", "text", "chain"), CASES)
@pytest.mark.parametrize("page", [1, 100])
def test_each_event_is_shown_and_shown_again_after_a_rebuild(
    database: Database, events: list[CampaignEvent], state: str, text: str, chain: list[Version], page: int
) -> None:
    log = PetitionLog(database)
    for version, event in enumerate([OPENED, *events], 1):
        log.append(event, version)
    runner = Runner(log, PROJECTIONS)
    assert runner.catch_up(page) == 1 + len(events)
    assert shown(database) == (state, text, chain)
    assert runner.catch_up(page) == 0
    assert shown(database) == (state, text, chain)
    rebuild(log, PROJECTIONS, lambda done, of: None)
    assert shown(database) == (state, text, chain)
