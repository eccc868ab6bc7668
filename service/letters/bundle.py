"""The folder that a person takes along who carries a letter to its office: files, their hashes, and what to do."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from service.errors import Refused
from service.eventlog.canonical import document_hash
from service.eventlog.log import PetitionLog
from service.letters import after_approval as decide
from service.letters.approval import load_letter, made_of, rests_on
from service.letters.links import demand_link, has_link
from service.letters.posting import Writing, read_writing, refuse_stamped
from service.vault.key_files import sync_folder

MANUAL = ("post", "kep", "web_form", "by_hand")
ON_PAPER = ("post", "by_hand")
STEPS = tomllib.loads((Path(__file__).parent / "steps.toml").read_text(encoding="utf-8"))


@dataclass(frozen=True)
class Way:
    """How a letter goes, and the language of the steps."""

    channel: str
    language: str


def write_bundle(log: PetitionLog, letter_id: str, way: Way, folder: Path) -> list[str]:
    """Write a letter's files and what to do with them into a new folder (mode 0700), and return the steps.

    :raises Refused: if it is not approved or failed, what it rests on changed, it is stamped as a draft, the office's
        address is not known, or the folder is there already.
    """
    with log.database.read() as connection:
        letter = load_letter(log, letter_id)
        made = made_of(letter)
        decide.queue(letter, rests_on(connection, made), made.day)  # refuses what could not be sent either
        demand_link(connection, letter)
        writing = read_writing(connection, made)
        refuse_stamped(writing)
        steps = list(_steps(writing, way, with_link=has_link(connection, letter_id)))
        files = writing.files | {_stem(writing) + ".txt": writing.plain.encode()}
    sums = "".join(f"{document_hash(content)}  {name}\n" for name, content in sorted(files.items()))
    _write(folder, files | {"SHA256SUMS": sums.encode(), "STEPS.txt": "\n".join([*steps, ""]).encode()})
    return steps


def _write(folder: Path, files: dict[str, bytes]) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True)
    except FileExistsError as error:
        raise Refused(f"{folder} is there already: name a new folder") from error
    for name, content in files.items():
        (folder / name).write_bytes(content)
    sync_folder(folder)


def _steps(writing: Writing, way: Way, *, with_link: bool) -> Iterator[str]:
    words = STEPS[way.language]
    todo = list(words[way.channel])
    if with_link:
        todo.insert(1, words["slip" if way.channel in ON_PAPER else "link"])
    if words["machine"]:
        yield words["machine"]
    yield f"{writing.sources.template.reference}  {writing.made.letter}"
    yield ""
    named = {"pdf": _stem(writing) + ".pdf", "txt": _stem(writing) + ".txt"}
    named["slip"] = f"`petition letter slip {writing.made.letter} --as ACCOUNT`"
    for number, step in enumerate(todo, 1):
        yield f"{number}. {step.format(**named)}"
    options = f"--channel {way.channel} --receipt NUMBER --day YYYY-MM-DD --scan FILE --as ACCOUNT"
    command = f"petition letter handed-over {writing.made.letter} {options}"
    yield f"{len(todo) + 1}. {words['enter'].format(command=command)}"
    yield ""
    yield words["to"]
    yield from (f"    {line}" for line in _address(writing, way.channel))
    yield from _notes(writing.sources.record, words)


def _address(writing: Writing, channel: str) -> list[str]:
    record = writing.sources.record
    where = [record.get(channel, "")] if channel in ("kep", "web_form") else record["postal_lines"]
    known = [line for line in where if line]
    if not known and not writing.campaign.settings.get("demonstration"):
        raise Refused(f"no address of {writing.made.addressee} for {channel} is known: enter and verify it first")
    return [*record["heading"][writing.made.language], *known]


def _notes(record: dict[str, Any], words: dict[str, str]) -> Iterator[str]:
    for name, key in (("hours", "hours"), ("hours", "hours_note"), ("mind", "legal_notes")):
        if record.get(key):
            yield f"{words[name]}: {record[key]}"


def _stem(writing: Writing) -> str:
    return next(iter(writing.files)).removesuffix(".pdf")
