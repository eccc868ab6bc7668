"""Reads a tlog-policy: whose signatures count, and how many witnesses make a quorum (C2SP tlog-policy)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from service.audit.notes import COSIGNED_BYTES, ED25519, BadNote, VerifierKey, parse_vkey

LARGEST_POLICY = 1_000_000  # bytes: a witness's ML-DSA-44 key takes 1,800
NONE = "none"
_BLANK = re.compile("[ \t]+")


@dataclass
class Policy:
    """The log's keys, the witnesses' by their name here, the groups of them, and which name is the quorum."""

    logs: list[VerifierKey] = field(default_factory=list)
    witnesses: dict[str, VerifierKey] = field(default_factory=dict)
    groups: dict[str, tuple[int, tuple[str, ...]]] = field(default_factory=dict)  # how many of which
    quorum: str = ""

    @property
    def keys(self) -> list[VerifierKey]:
        """All keys whose signatures count."""
        return [*self.logs, *self.witnesses.values()]

    @property
    def has_quorum(self) -> bool:
        """Tells whether the policy asks for witnesses at all."""
        return self.quorum != NONE

    def is_met_by(self, cosigners: Iterable[VerifierKey]) -> bool:
        """Tells whether these cosigners are a quorum."""
        present = set(cosigners)
        return self.quorum == NONE or self._has_witnessed(self.quorum, present)

    def _has_witnessed(self, name: str, present: set[VerifierKey]) -> bool:
        # Groups name only what stands above them, so this ends.
        if name in self.witnesses:
            return self.witnesses[name] in present
        least, members = self.groups[name]
        return sum(self._has_witnessed(member, present) for member in members) >= least


def read_policy(data: bytes | str) -> Policy:
    """Return what a tlog-policy says. :raises BadNote: if a line is malformed, or log key or quorum are missing."""
    content = data.encode() if isinstance(data, str) else data
    if len(content) > LARGEST_POLICY or any((byte < 0x20 and byte not in b"\t\n") or byte == 0x7F for byte in content):
        raise BadNote("the policy is too large, or holds a control character: lines end in 0x0A alone")
    # Octets above 0x7F are opaque, so that no two names are the same by Unicode's rules alone.
    text, policy, members = content.decode("utf-8", "surrogateescape"), Policy(), set[str]()
    for line in text.split("\n"):
        words = [word for word in _BLANK.split(line) if word]
        if words and not words[0].startswith("#"):
            _read_line(policy, words, members)
    if not policy.logs:
        raise BadNote("the policy names no log key: it needs a line `log` and the key")
    if not policy.quorum:
        raise BadNote("the policy has no quorum: end it with `quorum` and a name, or `quorum none` without witnesses")
    return policy


def _read_line(policy: Policy, words: list[str], members: set[str]) -> None:
    match words:
        case ["log", key] | ["log", key, _]:
            _add_log(policy, parse_vkey(key))
        case ["witness", name, key] | ["witness", name, key, _]:
            _demand_new(policy, name)
            policy.witnesses[name] = _witness(policy, parse_vkey(key))
        case ["group", name, least, _, *_]:
            _demand_new(policy, name)
            policy.groups[name] = _group(policy, least, words[3:], members)
        case ["quorum", name] if not policy.quorum:
            if name != NONE and not _is_known(policy, name):
                raise BadNote(f"the quorum {name[:80]!r} is no witness or group of a line above")
            policy.quorum = name
        case _:
            shown = " ".join(words)[:80]
            raise BadNote(f"not a line of a policy (log, witness, group, and one quorum): {shown!r}")


def _add_log(policy: Policy, key: VerifierKey) -> None:
    if any(key.public == other.public for other in policy.logs):
        raise BadNote(f"the log key {key.name} stands twice in the policy")
    if key.algorithm == ED25519:  # others are optional to write and to read: every checkpoint has this one (section 3)
        policy.logs.append(key)


def _witness(policy: Policy, key: VerifierKey) -> VerifierKey:
    if key.algorithm not in COSIGNED_BYTES:
        raise BadNote(f"the witness key {key.name} is none that cosigns: its algorithm is {key.algorithm}")
    if any(key.public == other.public for other in policy.witnesses.values()):
        raise BadNote(f"the witness key {key.name} stands twice in the policy")
    return key


def _group(policy: Policy, least: str, names: list[str], members: set[str]) -> tuple[int, tuple[str, ...]]:
    for name in names:
        if not _is_known(policy, name) or name in members:
            raise BadNote(f"the group's member {name[:80]!r} is none of a line above, or is in a group already")
        members.add(name)
    counts = {"any": 1, "all": len(names)} | {str(count): count for count in range(1, len(names) + 1)}
    if least not in counts:
        raise BadNote(f"a group needs `any`, `all` or a number from 1 to {len(names)}, not {least[:40]!r}")
    return counts[least], tuple(names)


def _demand_new(policy: Policy, name: str) -> None:
    if name == NONE or _is_known(policy, name):
        raise BadNote(f"the name {name[:80]!r} stands twice in the policy, or is `none`")


def _is_known(policy: Policy, name: str) -> bool:
    return name in policy.witnesses or name in policy.groups
