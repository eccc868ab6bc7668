"""Who watches over the log: its witnesses, and how many of them must cosign what is shown (C2SP tlog-policy)."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from service.errors import ConfigError
from service.publishing.cosignatures import CosignerKey, read_cosigner_key

WITNESSES_MAX = 15  # readers accept at least 16 signatures, one of them the log's: docs/log_format.md section 3
NONE = "none"
SHAPES = "`log VKEY`, `witness NAME VKEY ADDRESS`, `group NAME any|all|NUMBER MEMBER…`, and one `quorum NAME`"
_LEAST = re.compile("[1-9][0-9]{0,3}", re.ASCII)


@dataclass(frozen=True)
class Witness:
    """A witness: its name in the policy, its key, and the address before ``/add-checkpoint``."""

    name: str
    key: CosignerKey
    url: str


@dataclass(frozen=True)
class Group:
    """Members (witnesses or groups) of which at least so many must agree."""

    name: str
    least: int
    members: tuple[str, ...]


@dataclass(frozen=True)
class Policy:
    """The log's keys, its witnesses, groups of them, and the name of what has to cosign (`none`: nothing)."""

    log_vkeys: tuple[str, ...]
    witnesses: tuple[Witness, ...] = ()
    groups: tuple[Group, ...] = ()
    quorum: str = NONE

    @property
    def needs_witnesses(self) -> bool:
        """Return whether the log's own signature is not enough."""
        return self.quorum != NONE

    def is_reached(self, cosigned: Collection[str]) -> bool:
        """Return whether the cosignatures of these witnesses, by name, are a quorum."""
        agreed = set(cosigned)
        for group in self.groups:  # a group's members are defined before it
            if sum(member in agreed for member in group.members) >= group.least:
                agreed.add(group.name)
        return not self.needs_witnesses or self.quorum in agreed

    def text(self) -> str:
        """Return the policy as others read it."""
        lines = [f"log {vkey}" for vkey in self.log_vkeys]
        lines += [f"witness {each.name} {each.key.vkey} {each.url}" for each in self.witnesses]
        lines += [f"group {each.name} {each.least} {' '.join(each.members)}" for each in self.groups]
        return "\n".join([*lines, f"quorum {self.quorum}", ""])


def load_policy(path: Path | None, log_vkeys: tuple[str, ...]) -> Policy:
    """Return the policy in a file, or without a file the one that asks no witness.

    :raises ConfigError: naming the line that cannot be used and why.
    """
    if path is None:
        return Policy(log_vkeys)
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"WITNESS_POLICY: {path} cannot be read: {error}") from error
    draft = _Draft()
    for number, words in _lines(text):
        try:
            draft.read(words)
        except ValueError as error:
            raise ConfigError(f"WITNESS_POLICY: line {number} of {path} cannot be used: {error}") from error
    return draft.finished(path, log_vkeys)


def _lines(text: str) -> Iterator[tuple[int, list[str]]]:
    for number, line in enumerate(text.split("\n"), 1):
        words = re.split("[ \t]+", line.strip(" \t"))
        if words != [""] and not words[0].startswith("#"):
            yield number, words


@dataclass
class _Draft:
    """A policy while its lines are read."""

    logs: list[str] = field(default_factory=list)
    witnesses: list[Witness] = field(default_factory=list)
    groups: list[Group] = field(default_factory=list)
    quorum: str | None = None

    def read(self, words: list[str]) -> None:
        kind, *rest = words
        if kind == "log" and len(rest) in (1, 2):
            self.logs.append(rest[0])
        elif kind == "witness" and len(rest) == 3:
            self.witnesses.append(self._witness(*rest))
        elif kind == "group" and len(rest) >= 3:
            self.groups.append(self._group(rest[0], rest[1], tuple(rest[2:])))
        elif kind == "quorum" and len(rest) == 1 and self.quorum is None:
            self.quorum = rest[0] if rest[0] == NONE else self._known(rest[0])
        else:
            raise ValueError(f"write {SHAPES}")

    def finished(self, path: Path, log_vkeys: tuple[str, ...]) -> Policy:
        origin = log_vkeys[0].partition("+")[0]
        if not set(self.logs) & set(log_vkeys) or any(vkey.partition("+")[0] != origin for vkey in self.logs):
            raise ConfigError(f"WITNESS_POLICY: {path} needs the line `log {log_vkeys[0]}`, and no other log's")
        if self.quorum is None:
            raise ConfigError(f"WITNESS_POLICY: {path} has no line `quorum NAME` (or `quorum none`)")
        return Policy(tuple(self.logs), tuple(self.witnesses), tuple(self.groups), self.quorum)

    def _witness(self, name: str, vkey: str, url: str) -> Witness:
        key = read_cosigner_key(vkey)
        if any(each.key.public == key.public for each in self.witnesses):
            raise ValueError("another witness has this key")
        if len(self.witnesses) >= WITNESSES_MAX:
            raise ValueError(f"more than {WITNESSES_MAX} witnesses")
        return Witness(self._new(name), key, _address(url))

    def _group(self, name: str, least: str, members: tuple[str, ...]) -> Group:
        elsewhere = [member for group in self.groups for member in group.members]
        for member in members:
            self._known(member)
            if member in elsewhere or members.count(member) > 1:
                raise ValueError(f"{member} is a member twice")
        count = {"any": 1, "all": len(members)}.get(least) or (int(least) if _LEAST.fullmatch(least) else 0)
        if not 1 <= count <= len(members):
            raise ValueError(f"{least} is not `any`, `all` or a number from 1 to {len(members)}")
        return Group(self._new(name), count, members)

    def _new(self, name: str) -> str:
        if name == NONE or name in self._names():
            raise ValueError(f"the name {name} is taken")
        return name

    def _known(self, name: str) -> str:
        if name not in self._names():
            raise ValueError(f"{name} is neither a witness nor a group of a line above")
        return name

    def _names(self) -> set[str]:
        return {each.name for each in self.witnesses} | {each.name for each in self.groups}


def _address(url: str) -> str:
    parts = urlsplit(url)
    is_plain = parts.port != 0 and not parts.username and not parts.query and not parts.fragment
    if parts.scheme not in ("http", "https") or not parts.hostname or not is_plain:
        raise ValueError("write the witness's address, such as https://witness.example.org")
    return url.rstrip("/")
