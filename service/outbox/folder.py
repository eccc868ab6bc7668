"""Mail into a folder, for the demonstration."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path

from service.outbox.delivery import Transport, Unreachable
from service.outbox.message import Message
from service.vault.key_files import sync_folder


class FolderTransport(Transport):
    """Writes each message as an ``.eml`` file; the same message again is the same file."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder

    def deliver(self, message: Message, now: datetime) -> None:
        """Write the file, whole or not at all, readable by the owner alone."""
        content = message.as_mail(now).as_bytes()
        try:
            self._folder.mkdir(parents=True, mode=0o700, exist_ok=True)
            unfinished = self._folder / f".{message.file_name}.{os.getpid()}"
            with open(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            unfinished.replace(self._folder / message.file_name)
            sync_folder(self._folder)
        except OSError as error:
            raise Unreachable(f"a mail file could not be written: {error.strerror}") from error
