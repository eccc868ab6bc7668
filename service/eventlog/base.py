"""What every event is: a frozen fact with a type, a version and a day, and nothing about a person."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

import msgspec

Day = Annotated[str, msgspec.Meta(pattern=r"^\d{4}-\d{2}-\d{2}$")]
Hash = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{64}$")]
# the last character carries only the bits that are left of 32 and 16 bytes: no stray bits
Commitment = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$")]
Token = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_-]{21}[AQgw]$")]
CampaignId = Annotated[str, msgspec.Meta(pattern=r"^c_[A-Za-z0-9]{10}$")]
LetterId = Annotated[str, msgspec.Meta(pattern=r"^l_[A-Za-z0-9]{10}$")]
BatchId = Annotated[str, msgspec.Meta(pattern=r"^b_[A-Za-z0-9]{10}$")]
Slug = Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9-]{2,32}$")]
Lang = Annotated[str, msgspec.Meta(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$")]
Vkey = Annotated[str, msgspec.Meta(pattern=r"^[^\s+]+\+[0-9a-f]{8}\+[A-Za-z0-9+/]+=*$")]
N = Annotated[int, msgspec.Meta(ge=0, le=2**53 - 1)]

LEAF_MAX_BYTES = 1024  # docs/log_format.md section 7
TALLY_MAX_BYTES = 8192  # the same


class Event(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="type"):
    """The base of all events: a subclass names its topic by ``tag=`` and says in which stream it stands.

    The topic is part of the log format: never renamed or used again. A subclass MUST NOT hold a name, an address or
    free text, and MUST NOT have a field whose absence means something else.
    """

    PUBLIC: ClassVar[bool] = True

    v: int = 1
    day: Day

    @property
    def topic(self) -> str:
        """Return the event's type, such as ``campaign.opened``."""
        return str(self.__struct_config__.tag)

    @property
    def stream(self) -> str:
        """Return the id of the stream that the event belongs to."""
        raise TypeError(f"{type(self).__name__} does not say its stream")


@dataclass(frozen=True, slots=True)
class Recorded:
    """An event at its place: the stream's id and the version that it makes of it (1, 2, …)."""

    originator_id: str
    originator_version: int
    event: Event


@dataclass(frozen=True, slots=True)
class Entry:
    """An event as read from the log: its position in the store, its topic, and its exact bytes."""

    position: int
    stream: str
    version: int
    topic: str
    leaf: bytes
    event: Event

    @property
    def is_public(self) -> bool:
        """Return whether the event is an entry of the published log."""
        return self.event.PUBLIC
