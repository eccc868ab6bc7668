"""The mail that an approved letter is: its text first, its files attached, the SHA-256 of each named in the text."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from email.message import EmailMessage

import sqlalchemy as sa

from service.archive import documents
from service.campaigns.queries import CampaignView, campaign_by_id
from service.errors import Refused
from service.letters.annex import read_file_list
from service.letters.composition import LetterInput
from service.letters.events import LetterComposed
from service.letters.links import link_of
from service.letters.office_hours import OfficeHours
from service.letters.printing_annex import file_stem
from service.letters.sources import Sources
from service.letters.zipped import words_in
from service.outbox.envelope import Envelope
from service.outbox.message import Message, with_a_label
from service.vault.keys import Keys

ENCODED = 1.37  # bytes that one byte becomes in base64 with its line ends (RFC 2045 section 6.8)
ATTACHED = {"pdf": ("application", "pdf"), "csv": ("text", "csv"), "json": ("application", "json")}


@dataclass(frozen=True)
class Sender:
    """Who sends letters by e-mail, as the settings have it."""

    address: str
    reply_to: str
    reports_to: bool  # whether reports that come back are read: each letter then has a return path of its own

    @property
    def domain(self) -> str:
        """Return the part after the @ as mail servers take it."""
        return with_a_label(self.address).rpartition("@")[2]

    def return_path(self, token: str) -> str:
        """Return the address at which reports on one letter arrive."""
        local, _, domain = self.address.rpartition("@")
        return f"{local}+{token}@{domain}" if self.reports_to else self.address


@dataclass(frozen=True)
class Writing:
    """A letter's files and words, out of the archive."""

    made: LetterComposed
    campaign: CampaignView
    sources: Sources
    files: dict[str, bytes]  # the PDF first, then the files of the annex list by name
    link: str = ""  # by which annex B is fetched, with what it is, in the letter's language

    @property
    def is_stamped(self) -> bool:
        """Return whether its pages say that it is a draft or a demonstration."""
        return bool(self.sources.template.stamps)

    @property
    def address(self) -> str:
        """Return the office's e-mail address; in a demonstration the demonstration's own. "": none is known."""
        if self.campaign.settings.get("demonstration"):
            return str(self.campaign.settings.get("mail_override", ""))
        return str(self.sources.record.get("email", ""))

    @property
    def plain(self) -> str:
        """Return the text of the letter."""
        return self.sources.find(self.made.plain).decode()


def read_writing(connection: sa.Connection, made: LetterComposed) -> Writing:
    """Return a composed letter with its files. :raises DocumentGone: if one of them was taken down."""

    def find(hash: str) -> bytes:
        return documents.get(connection, hash).bytes()

    sources = Sources(LetterInput.read(find(made.input)), find, [])
    first = f"{file_stem(sources)}-{made.language}.pdf"
    listed = read_file_list(find(made.annex))
    files = {first: find(made.pdf)} | {name: find(hash) for name, hash in listed.items()}
    return Writing(made, campaign_by_id(connection, made.campaign), sources, files)


def with_link(connection: sa.Connection, keys: Keys, writing: Writing, named: int) -> Writing:
    """Return a letter with the link by which its addressee fetches the names, if it names anybody."""
    base_url = writing.sources.template.verify_url.removesuffix("verify/")
    link = link_of(connection, keys, writing.made.letter, base_url) if named else ""
    if not link:
        return writing
    number = writing.sources.number(named, writing.made.language)
    words = words_in(writing.made.language)["mail"].format(named=number)
    return replace(writing, link=f"{words}\n{link}")


def refuse_stamped(writing: Writing) -> None:
    """Check that no page says that it is a draft. :raises Refused: if one does, but in a demonstration."""
    if writing.is_stamped and not writing.campaign.settings.get("demonstration"):
        raise Refused("every page is stamped as a draft: such a letter is not sent. Have its texts reviewed first.")


def refuse_unsendable(writing: Writing) -> None:
    """Check that a letter can go by e-mail.

    :raises Refused: if it is stamped as unreviewed, no address is known, it is too large for the office's mailbox, or
        the office's hours cannot be read.
    """
    refuse_stamped(writing)
    OfficeHours.of(writing.sources.record)
    if not writing.address:
        raise Refused(
            f"no e-mail address of {writing.made.addressee} is known: use `petition letter bundle` for another channel"
        )
    limit = writing.sources.record.get("max_bytes", 0)
    size = round(sum(len(content) for content in _attached(writing).values()) * ENCODED)
    if limit and size > limit:
        raise Refused(f"the mail would have {size} bytes, and {writing.made.addressee} takes {limit}: send it by post")


def envelope_of(writing: Writing, sender: Sender, ids: tuple[str, str], now: datetime) -> Envelope:
    """Return a letter's mail, ready to be handed over; `ids`: its Message-ID and its envelope's token.

    :raises MessageMalformed: if an address is not usable.
    """
    message_id, token = ids
    made = writing.made
    message = Message(
        to=writing.address,
        subject=writing.sources.wording(made.language).subject,
        body=_body(writing),
        sender_name=writing.sources.appeal["organizer"]["name"],
        sender=sender.address,
        language=made.language,
        message_id=message_id,
    )
    mail = message.as_mail(now)
    del mail["Auto-Submitted"]  # RFC 3834 section 5: two people decided on this one
    mail["Reply-To"] = with_a_label(sender.reply_to)
    for name, content in _attached(writing).items():
        _attach(mail, name, content)
    return Envelope(with_a_label(sender.return_path(token)), with_a_label(message.to), mail, token)


def _attached(writing: Writing) -> dict[str, bytes]:
    """Return the files that go along: those of the kinds that the office takes, where it names any."""
    taken = [kind.lower().lstrip(".") for kind in writing.sources.record.get("file_types", [])] or list(ATTACHED)
    ends = {name: name.rpartition(".")[2] for name in writing.files}
    return {name: writing.files[name] for name, end in ends.items() if end in ATTACHED and end in taken}


def _attach(mail: EmailMessage, name: str, content: bytes) -> None:
    main, sub = ATTACHED[name.rpartition(".")[2]]
    mail.add_attachment(content, maintype=main, subtype=sub, filename=name)


def _body(writing: Writing) -> str:
    hashes = {f"{file_stem(writing.sources)}-{writing.made.language}.pdf": writing.made.pdf}
    hashes |= read_file_list(writing.sources.find(writing.made.annex))
    lines = [f"{name}\n  SHA-256 {hashes[name]}" for name in _attached(writing)]
    link = ["", writing.link] if writing.link else []
    return "\n".join([writing.plain.rstrip("\n"), *link, "", "-- ", *lines, writing.sources.verify_url, ""])
