"""The demonstration's folder: what is in it, and the settings that make an installation of it."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from service.errors import PetitionError
from service.operations.processes import TOP, Address

EXAMPLE = TOP / "examples" / "istanbul-two"
REF = "istanbul-two"
LETTER = "L1"  # the open letter to the Constitutional Court
LETTER_LANGUAGES = ("tr", "en")
LOCK = "demonstration.lock"
DATABASE = "undersigned.db"  # and the files beside it, whose names begin with it
HOUSEHOLD = ("keys", "mail", "letters", "log", "logs", "clock", "clock.new", "accounts.json", LOCK)
BENCH = "bench-"  # a measurement's folder may lie in the same one: it is left alone


@dataclass(frozen=True)
class Home:
    """The folder that the demonstration lives in."""

    folder: Path

    @property
    def mail(self) -> Path:
        """Return the folder of the demonstration's mail."""
        return self.folder / "mail"

    @property
    def letters(self) -> Path:
        """Return the folder of the letters' files."""
        return self.folder / "letters"

    @property
    def log(self) -> Path:
        """Return the folder of the exported log and its documents."""
        return self.folder / "log"

    @property
    def process_logs(self) -> Path:
        """Return the folder of what web and worker say."""
        return self.folder / "logs"

    @property
    def accounts(self) -> Path:
        """Return the file of what the two made-up people sign in with."""
        return self.folder / "accounts.json"

    @property
    def clock(self) -> Path:
        """Return the file by which the demonstration's clock is moved."""
        return self.folder / "clock"

    def make(self, *, fresh: bool) -> None:
        """Make the folder (mode 0700); `fresh` deletes what an earlier demonstration left in it.

        :raises PetitionError: if the folder holds anything that is not a demonstration's, or cannot be made.
        """
        self._make_folder()
        strangers = [each.name for each in self.folder.iterdir() if not _is_ours(each) and not _is_bench(each)]
        if strangers:
            raise PetitionError(f"{self.folder} holds {strangers[0]!r}, no demonstration's: choose another --home")
        if fresh:
            self._clear()
        for each in (self.mail, self.letters, self.log, self.process_logs):
            each.mkdir(mode=0o700, exist_ok=True)

    @contextmanager
    def taken(self, *, fresh: bool) -> Iterator[None]:
        """Make the folder and keep other demonstrations out of it. :raises PetitionError: if one runs in it already."""
        self._make_folder()
        with open(self.folder / LOCK, "w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise PetitionError(f"a demonstration runs in {self.folder}: stop it, or use another --home") from error
            self.make(fresh=fresh)
            yield

    def environ(self, address: Address, *, at_risk: bool) -> dict[str, str]:
        """Return the settings of the demonstration as the environment of its processes."""
        clock = {"CLOCK_FILE": str(self.clock)} if at_risk or self.clock.exists() else {}
        return clock | {
            "DATABASE_URL": f"sqlite:///{self.folder / DATABASE}",
            "KEYS_DIR": str(self.folder / "keys"),
            "ORIGIN": "demonstration.invalid/log",
            "BASE_URL": address.base_url,
            "SMTP_URL": f"folder://{self.mail}",
            "MAIL_FROM": "appeals@demonstration.invalid",
            "MAIL_FROM_NEUTRAL": "post@demonstration.invalid",
            "OPERATOR_NAME": "Demonstration",
            "OPERATOR_ADDRESS": "nobody at all, 1 Sample Street, Exampleton",
            "OPERATOR_EMAIL": "operator@demonstration.invalid",
            "FORM_MIN_SECONDS": "0",
            "DEMONSTRATION": "1",
            "MAILBOX_DIR": str(self.mail),
        }

    def _make_folder(self) -> None:
        try:
            self.folder.mkdir(parents=True, mode=0o700, exist_ok=True)
            self.folder.chmod(0o700)
        except OSError as error:
            raise PetitionError(f"{self.folder} cannot be used ({error.strerror}): choose another --home") from error

    def _clear(self) -> None:
        for each in self.folder.iterdir():
            if each.name == LOCK or _is_bench(each):
                continue
            if each.is_dir():
                for path in each.rglob("*"):  # the keys' folder may have lost its write bit
                    if path.is_dir():
                        os.chmod(path, 0o700)
                shutil.rmtree(each)
            else:
                each.unlink()


def _is_ours(path: Path) -> bool:
    return path.name in HOUSEHOLD or path.name.startswith(DATABASE)


def _is_bench(path: Path) -> bool:
    return path.name.startswith(BENCH)
