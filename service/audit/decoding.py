"""Reads one leaf strictly: its bytes are the only ones that its event can have (docs/log_format.md section 7)."""

from __future__ import annotations

import functools
import operator
import re
import typing
from collections.abc import Callable
from typing import Any

import msgspec

from service.audit import leaves, letter_leaves
from service.audit.fields import HASH, Kind
from service.audit.leaves import Event, TallyPublished
from service.audit.problems import Refused

LARGEST_LEAF = 1_024  # bytes; docs/log_format.md section 7
LARGEST_TALLY = 8_192  # bytes; the same
EVENTS: tuple[type[Event], ...] = tuple(
    kind
    for kind in [*vars(leaves).values(), *vars(letter_leaves).values()]
    if isinstance(kind, type) and issubclass(kind, Event) and kind is not Event
)
_WHERE = re.compile(r" - at `\$\.?(.*)`$")


class _Check(typing.NamedTuple):
    names: tuple[str, ...]
    kinds: tuple[Kind, ...]
    accepts: tuple[Callable[[Any], Any], ...]
    values: Callable[[Any], tuple[Any, ...]]


def _check_of(event: type[Event]) -> _Check:
    hints = typing.get_type_hints(event, include_extras=True)
    found = [(name, kind) for name, hint in hints.items() for kind in _kinds(hint)]
    names, kinds = tuple(name for name, _ in found), tuple(kind for _, kind in found)
    values = operator.attrgetter(*names) if len(names) > 1 else _one(names[0])
    return _Check(names, kinds, tuple(kind.accepts for kind in kinds), values)


def _kinds(hint: Any) -> list[Kind]:
    if hasattr(hint, "__metadata__"):
        return [meta.extra["kind"] for meta in hint.__metadata__ if isinstance(meta, msgspec.Meta) and meta.extra]
    if msgspec.UnsetType in typing.get_args(hint):
        return [_optional(kind) for part in typing.get_args(hint) for kind in _kinds(part)]
    return []


def _optional(kind: Kind) -> Kind:
    return Kind(kind.expected, lambda value: value is msgspec.UNSET or kind.accepts(value))


def _one(name: str) -> Callable[[Any], tuple[Any, ...]]:
    return lambda event: (getattr(event, name),)


_CHECKS = {event: _check_of(event) for event in EVENTS}
HASH_FIELDS: dict[type[Event], tuple[str, ...]] = {
    event: tuple(name for name, kind in zip(check.names, check.kinds, strict=True) if kind is HASH)
    for event, check in _CHECKS.items()
}

_decode: Callable[[bytes], Any] = msgspec.json.Decoder(functools.reduce(operator.or_, EVENTS)).decode
encode: Callable[[Any], bytes] = msgspec.json.Encoder(order="sorted").encode


def decode(leaf: bytes) -> Event:
    """Reads a leaf.

    Every text in an event is of a type that allows printable ASCII without quote and backslash only, and the bytes must
    be those that encoding the event gives: so no second text can stand for the same event.

    :raises Refused: if the bytes are not those of an event of docs/log_format.md section 7.
    """
    try:
        event: Event = _decode(leaf)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise _unreadable(leaf, str(error)) from error
    if encode(event) != leaf:
        raise _unreadable(leaf, "")
    if len(leaf) > LARGEST_LEAF:
        _check_size(leaf, event)
    check = _CHECKS[type(event)]
    for accepts, value in zip(check.accepts, check.values(event)):  # noqa: B905 - equally long, and the hot loop
        if not accepts(value):
            _refuse_value(check, event)
    return event


def type_of(event: Event) -> str:
    """Gives the event's type as it stands in the leaf."""
    return str(type(event).__struct_config__.tag)


def _check_size(leaf: bytes, event: Event) -> None:
    most = LARGEST_TALLY if isinstance(event, TallyPublished) else LARGEST_LEAF
    if len(leaf) > most:
        raise Refused("", f"{len(leaf)} bytes", f"at most {most} bytes", "a leaf is small (section 7)")


def _refuse_value(check: _Check, event: Event) -> None:
    for name, kind, value in zip(check.names, check.kinds, check.values(event), strict=True):
        if not kind.accepts(value):
            raise Refused(name, value, kind.expected, "a field's value is of its type (section 7)")


def _unreadable(leaf: bytes, reason: str) -> Refused:
    if not all(0x20 <= byte < 0x7F and byte != 0x5C for byte in leaf):
        return Refused("", _shown(leaf), "printable ASCII without a backslash", "a leaf holds no free text (section 7)")
    if reason:
        where = _WHERE.search(reason)
        expected = _WHERE.sub("", reason)
        field = where[1].replace("class_", "class") if where else ""
        return Refused(field, _shown(leaf), expected, "a leaf is an event of section 7")
    message = "a leaf is canonical JSON: keys sorted, none twice, no spaces, integers as digits (section 7)"
    return Refused("", _shown(leaf), _canonical(leaf), message)


def _canonical(leaf: bytes) -> str:
    return encode(_decode(leaf)).decode(errors="replace")[:400]


def _shown(leaf: bytes) -> str:
    return leaf[:400].decode("ascii", errors="backslashreplace")
