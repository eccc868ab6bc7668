"""The roles of organizers, and what each may: the one table, which `petition account roles` prints."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from service.errors import Refused

ADMINISTRATOR = "administrator"


@dataclass(frozen=True)
class Role:
    """What a role is for, and what it never allows."""

    may: str
    may_not: str


ROLES = {  # PAGES.md section 6
    "organizer": Role(
        "write, open, close, compose, queue, enter receipts and answers", "approve alone, see supporters' names"
    ),
    "reviewer": Role("approve letters, release texts", "approve what they wrote or composed"),
    "translator": Role("write and review texts", "release their own"),
    "moderator": Role(
        "propose invalidation and taking it back", "look up an address or see a name without a second person"
    ),
    "auditor": Role("read everything but names; draw the audit sample", "change anything"),
    ADMINISTRATOR: Role(
        "people, roles, keys, retention", "read content that needs a role; be the second person for themselves"
    ),
}


def checked_roles(names: Iterable[str]) -> frozenset[str]:
    """Return these roles. :raises Refused: naming one that does not exist, and those that do."""
    found = frozenset(names)
    for name in sorted(found - ROLES.keys()):
        raise Refused(f"there is no role {name}: there are {', '.join(ROLES)}")
    return found


def written(roles: Iterable[str]) -> str:
    """Return roles as a row keeps them and people read them: sorted, one space between."""
    return " ".join(sorted(roles))
