"""When a letter may go: in its office's hours, and never two to one office within a day."""

from __future__ import annotations

import json
from datetime import datetime

import sqlalchemy as sa

from service.archive import documents
from service.letters.events import LetterComposed
from service.letters.office_hours import OfficeHours
from service.letters.tables import letter_delivery as delivery

GAP_S = 86_400  # no mass mailing: LETTERS.md section 8


def earliest_s(connection: sa.Connection, made: LetterComposed, now: datetime) -> int:
    """Return the first moment, in POSIX seconds, from `now` on at which the letter may go to its office.

    Another letter counts whether it arrived or not: of a message that is uncertain nobody knows. The letter itself is
    only composed again after it is known not to have arrived, and then it need not wait.

    :raises DocumentGone: if the office's record was taken down.
    """
    others = (delivery.c.addressee == made.addressee) & (delivery.c.letter != made.letter) & (delivery.c.went_at > 0)
    newest = connection.execute(sa.select(sa.func.max(delivery.c.went_at)).where(others)).scalar()
    after_s = max(int(now.timestamp()), (newest or -GAP_S) + GAP_S)
    record = json.loads(documents.get(connection, made.record).bytes())
    opens = OfficeHours.of(record).next_open(datetime.fromtimestamp(after_s, now.tzinfo))
    return int(opens.timestamp())
