"""Mail into a folder, for the demonstration."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from service.outbox.delivery import OnceTransport, Unreachable
from service.outbox.envelope import Envelope
from service.outbox.message import Message, file_name_of
from service.vault.key_files import sync_folder


class FolderTransport(OnceTransport):
    """Writes each message as an ``.eml`` file; the same message again is the same file."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def deliver(self, message: Message, now: datetime) -> None:
        """Write the file, whole or not at all, readable by the owner alone."""
        self._write(message.file_name, message.as_mail(now).as_bytes())

    def hand_over(self, envelope: Envelope, before_data: Callable[[], None]) -> str:
        """Write the file and return its name."""
        before_data()
        name = file_name_of(str(envelope.mail["Message-ID"]))
        self._write(name, envelope.content)
        return f"written to {name}"

    def _write(self, name: str, content: bytes) -> None:
        try:
            self._folder.mkdir(parents=True, mode=0o700, exist_ok=True)
            unfinished = self._folder / f".{name}.{os.getpid()}"
            with open(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            unfinished.replace(self._folder / name)
            sync_folder(self._folder)
        except OSError as error:
            raise Unreachable(f"a mail file could not be written: {error.strerror}") from error
