"""Whether the witnesses that a policy names cosigned a checkpoint, and how lately (C2SP tlog-policy)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from service.audit.notes import COSIGNED_BYTES, BadNote, Note, VerifierKey, parse_note, parse_vkey, verify
from service.audit.problems import Problem

STALE_S = 3600  # an older view is stale; docs/log_format.md section 4
NONE = "none"
_WATCHED = "what is shown has the quorum's cosignatures (section 4)"
_FRESH = "a fresh cosignature is asked for every 10 minutes: an older view than an hour is stale (section 4)"


@dataclass
class Quorum:
    """The witnesses of a policy by name, its groups in order (name, least, members), and the name that has to agree."""

    witnesses: dict[str, VerifierKey] = field(default_factory=dict)
    groups: list[tuple[str, int, list[str]]] = field(default_factory=list)
    name: str = NONE

    def is_reached(self, cosigned: set[str]) -> bool:
        """Tells whether the cosignatures of these witnesses are enough."""
        agreed = set(cosigned)
        for name, least, members in self.groups:
            if len(agreed & set(members)) >= least:
                agreed.add(name)
        return self.name == NONE or self.name in agreed


def read_quorum(text: str) -> Quorum:
    """Reads the lines `witness`, `group` and `quorum` of a policy. :raises BadNote: if one of them is malformed."""
    quorum = Quorum()
    for line in text.split("\n"):
        words = re.split("[ \t]+", line.strip(" \t"))
        if words[0] == "witness" and len(words) in (3, 4):
            quorum.witnesses[_new(quorum, words[1])] = _cosigner(words[2])
        elif words[0] == "group" and len(words) >= 4:
            members = [_known(quorum, name) for name in words[3:]]
            quorum.groups.append((_new(quorum, words[1]), _least(words[2], members), members))
        elif words[0] == "quorum" and len(words) == 2:
            quorum.name = words[1] if words[1] == NONE else _known(quorum, words[1])
        elif words[0] in ("witness", "group", "quorum"):
            raise BadNote(f"the policy has a malformed line: {line[:80]!r}")
    return quorum


def check_quorum(data: bytes, quorum: Quorum, now: int) -> Iterator[tuple[bool, Problem]]:
    """Yields what is wrong with a checkpoint's cosignatures at a time in POSIX seconds: is it an error, and what it is.

    A cosignature that fails, or no quorum, is an error; a quorum older than an hour is a finding.
    """
    note, times = parse_note(data), dict[str, int]()
    for name, key in quorum.witnesses.items():
        try:
            times |= {name: time} if (time := _cosigned_at(note, key)) is not None else {}
        except BadNote as error:
            yield True, _problem("cosignature", str(error), "a cosignature that holds")
    if not quorum.is_reached(set(times)):
        yield True, _problem("quorum", f"cosigned by {', '.join(times) or 'nobody'}", f"the quorum {quorum.name}")
    elif not quorum.is_reached({name for name, time in times.items() if now - time <= STALE_S}):
        found = ", ".join(f"{name} {(now - time) // 60} minutes ago" for name, time in times.items())
        yield False, _problem("quorum", f"cosigned by {found}", "within the last hour", _FRESH)


def demand_quorum(proof: bytes, policy: str) -> None:
    """Checks that the quorum of a policy cosigned the checkpoint in a receipt, however long ago.

    :raises BadNote: if it did not, a cosignature fails, or the policy is malformed.
    """
    for is_error, problem in check_quorum(proof.partition(b"\n\n")[2], read_quorum(policy), 0):
        if is_error:
            raise BadNote(f"{problem.found}, expected {problem.expected}")


def _cosigned_at(note: Note, key: VerifierKey) -> int | None:
    """Gives the newest time at which a witness cosigned. :raises BadNote: if one of its signatures fails."""
    own = [each for each in note.signatures if (each.name, each.id) == (key.name, key.id)]
    if own:
        verify(note, [key])
    return max((int.from_bytes(each.value[:8], "big") for each in own), default=None)


def _cosigner(text: str) -> VerifierKey:
    key = parse_vkey(text)
    if key.algorithm not in COSIGNED_BYTES:
        raise BadNote(f"the key of a witness is not one for cosignatures: {text[:80]!r}")
    return key


def _least(text: str, members: list[str]) -> int:
    least = {"any": 1, "all": len(members)}.get(text) or (int(text) if re.fullmatch("[1-9][0-9]{0,3}", text) else 0)
    if not 1 <= least <= len(members) or len(set(members)) != len(members):
        raise BadNote(f"a group of {len(members)} members has the threshold {text[:20]!r}")
    return least


def _new(quorum: Quorum, name: str) -> str:
    if name == NONE or name in _names(quorum):
        raise BadNote(f"the policy uses the name {name[:80]!r} twice")
    return name


def _known(quorum: Quorum, name: str) -> str:
    if name not in _names(quorum):
        raise BadNote(f"the policy names {name[:80]!r}, which no line above defines")
    return name


def _names(quorum: Quorum) -> set[str]:
    return {*quorum.witnesses, *(name for name, _, _ in quorum.groups)}


def _problem(field_name: str, found: str, expected: str, message: str = _WATCHED) -> Problem:
    return Problem(index=-1, field=field_name, found=found, expected=expected, message=message)
