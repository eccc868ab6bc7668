"""The one list of all events: a log can name no type that is not here."""

from __future__ import annotations

from datetime import date

import msgspec

from service.campaigns import events as campaign_events
from service.errors import LogDamaged
from service.eventlog import events as log_events
from service.eventlog.base import LEAF_MAX_BYTES, TALLY_MAX_BYTES, Event
from service.eventlog.canonical import canonical
from service.letters import events as letter_events
from service.signatures import events as signature_events


def _topics(*modules: object) -> dict[str, type[Event]]:
    found: dict[str, type[Event]] = {}
    for module in modules:
        for value in vars(module).values():
            if isinstance(value, type) and issubclass(value, Event) and value.__struct_config__.tag != value.__name__:
                found[str(value.__struct_config__.tag)] = value
    return found


TOPICS: dict[str, type[Event]] = _topics(log_events, campaign_events, signature_events, letter_events)
_DAYS = ("day", "opens", "closes", "due")
_days = {topic: [name for name in _DAYS if name in cls.__struct_fields__] for topic, cls in TOPICS.items()}
_decoders = {topic: msgspec.json.Decoder(cls) for topic, cls in TOPICS.items()}


def encode(event: Event) -> bytes:
    """Return the event's leaf: its canonical JSON.

    :raises ValueError: if it is longer than a leaf may be.
    """
    leaf = canonical(event)
    limit = TALLY_MAX_BYTES if event.topic == "tally.published" else LEAF_MAX_BYTES
    if len(leaf) > limit:
        raise ValueError(f"{event.topic} has {len(leaf)} bytes, more than {limit}")
    return leaf


def decode(topic: str, leaf: bytes, position: int = 0) -> Event:
    """Return the event that a leaf states.

    :raises LogDamaged: if the type is unknown, or the bytes are not exactly what encoding the event gives.
    """
    decoder = _decoders.get(topic)
    if decoder is None:
        raise LogDamaged(f"entry {position}: unknown event type {topic!r}; a newer version may have written it")
    try:
        event = decoder.decode(leaf)
        for name in _days[topic]:
            date.fromisoformat(getattr(event, name))
    except (msgspec.MsgspecError, ValueError) as error:
        raise LogDamaged(f"entry {position}: {topic} cannot be read: {error}") from error
    if canonical(event) != leaf:
        raise LogDamaged(f"entry {position}: {topic} is not canonical JSON")
    return event
