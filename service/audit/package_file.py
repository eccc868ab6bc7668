"""A letter's package, read strictly: a ZIP file of stored members, and what opens its names (log_format.md 11)."""

from __future__ import annotations

import hashlib
import json
import re
import zipfile
from pathlib import Path
from typing import Any, Literal

import msgspec

from service.audit.fields import CampaignId, Commitment, LetterId, Number
from service.audit.openings import BadOpening, Person, b64url, commit, decoded
from service.audit.reading import Unreadable

PACKAGE_MAX_BYTES = 1_000_000_000
SUMS_NAME, NAMES_NAME = "SHA256SUMS", "openings.json"
_LINE = re.compile(r"([0-9a-f]{64})  ([A-Za-z0-9._-]+)")


class NameOpening(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What opens name and country of an entry; the address stays closed behind `contact`."""

    entry: Number
    contact: Commitment
    person: Person
    r2: str
    r3: str

    def commitment(self) -> str:
        """Return what it opens. :raises BadOpening: if a random value is none."""
        person = commit(decoded("r2", self.r2), msgspec.to_builtins(self.person))
        return commit(decoded("r3", self.r3), {"contact": self.contact, "person": person})


class NamesFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Annex B as data: what `names` of the letter's event commits to."""

    v: Literal[1]
    letter: LetterId
    campaign: CampaignId
    at_size: Number
    r: str
    openings: list[NameOpening]


def read_package(path: Path) -> dict[str, bytes]:
    """Return the members of a package by name. :raises Unreadable: if it is no ZIP file of stored members."""
    try:
        if path.stat().st_size > PACKAGE_MAX_BYTES:
            raise Unreadable(f"{path} is larger than {PACKAGE_MAX_BYTES} bytes: it is no package of a letter")
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            if any(one.compress_type != zipfile.ZIP_STORED for one in members):
                raise Unreadable(f"{path} has compressed members: a package's are stored. Give it as it was fetched.")
            if sum(one.file_size for one in members) > path.stat().st_size:  # they share bytes: small on disk alone
                raise Unreadable(f"{path} lists more bytes than it has: it is no package of a letter")
            found = {one.filename: archive.read(one) for one in members}
    except (OSError, zipfile.BadZipFile, RuntimeError, ValueError) as error:
        raise Unreadable(f"Cannot read {path} as a ZIP file: {error}") from error
    if len(found) != len(members):
        raise Unreadable(f"{path} holds two files of one name")
    return found


def wrong_files(members: dict[str, bytes]) -> list[tuple[str, str, str]]:
    """Return name, found and expected of each file that is not as SHA256SUMS lists it."""
    listed: dict[str, str] = {}
    for line in members.get(SUMS_NAME, b"").decode("ascii", "replace").splitlines():
        match = _LINE.fullmatch(line)
        if match is None:
            return [(SUMS_NAME, line[:80], "lines of a SHA-256, two spaces and a name")]
        listed[match[2]] = match[1]
    made = {name: hashlib.sha256(content).hexdigest() for name, content in members.items() if name != SUMS_NAME}
    names = sorted(listed.keys() | made.keys())
    return [
        (name, made.get(name, "missing"), listed.get(name, "not listed"))
        for name in names
        if made.get(name) != listed.get(name)
    ]


def read_names(content: bytes) -> NamesFile:
    """Return the openings of annex B. :raises BadOpening: if it is not one canonical JSON object of its form."""
    try:
        found = msgspec.json.decode(content, type=NamesFile)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise BadOpening(f"not an annex B: {error}") from error
    built: Any = msgspec.to_builtins(found)
    again = json.dumps(built, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    if again.encode("utf-8", "surrogatepass") != content:
        raise BadOpening("not an annex B: it is canonical JSON, keys sorted, no spaces")
    entries = [one.entry for one in found.openings]
    if entries != sorted(set(entries)):
        raise BadOpening("its entries do not rise: each is named once, in the order of the log")
    return found


def names_commitment(names: NamesFile, content: bytes) -> str:
    """Return what the log commits to this file with. :raises BadOpening: if its opening value is none."""
    return b64url(hashlib.sha256(b"petition/names/v1\0" + decoded("r", names.r) + content).digest())
