"""Published documents, each named by its SHA-256 (docs/log_format.md section 2)."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

from service.audit.problems import Problems
from service.audit.reading import Unreadable


class Documents:
    """Reads documents by hash and keeps account of what was checked and what is not there."""

    def __init__(self, get: Callable[[str], bytes | None], problems: Problems) -> None:
        self.removed: set[str] = set()  # taken down with a public reason
        self.right: set[str] = set()
        self.missing: set[str] = set()
        self.inputs_checked = 0
        self.inputs_missing = 0
        self._wrong: set[str] = set()
        self._public: dict[str, tuple[int, str]] = {}  # since which entry, and which field of it names it
        self._get = get  # a document by its hash, or nothing if there is none
        self._problems = problems

    def check(self, field: str, document: str) -> None:
        """Checks, once, that the file of this name has this hash."""
        if document not in self.right and document not in self.missing and document not in self._wrong:
            self.read(field, document)

    def publish(self, index: int, field: str, document: str) -> None:
        """Notes that from this entry on a document has to be there for everybody, unless it is removed."""
        self._public.setdefault(document, (index, field))

    def check_missing(self) -> None:
        """Finds the documents that are missing without `document.removed` (docs/log_format.md section 8)."""
        message = "a document that is public is there, or document.removed says why not (sections 7.6 and 8)"
        for document, (index, field) in self._public.items():
            if document in self.missing and document not in self.removed:
                self._problems.begin(index, "document")
                self._problems.finding(field, "missing", document, message)

    def read(self, field: str, document: str) -> bytes | None:
        """Gives a document's bytes, or nothing if it is missing or is not what its name says, which is noted."""
        data = self._get(document)
        if data is None:
            self.missing.add(document)
            return None
        found = sha256(data).hexdigest()
        if found != document:
            self._wrong.add(document)
            self._problems.error(field, found, document, "a document has the hash that names it (section 7)")
            return None
        self.right.add(document)
        return data


def in_folder(folder: Path) -> Callable[[str], bytes | None]:
    """Gives what reads documents of a folder by their hash."""

    def get(document: str) -> bytes | None:
        try:
            return (folder / document).read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise Unreadable(f"Cannot read {folder / document}: {error}. Give a folder of files.") from error

    return get
