"""What the auditor has to say about an entry: errors break a rule, findings deserve a look."""

from __future__ import annotations

from typing import Any

import msgspec

MOST_LISTED = 100  # errors, and as many findings, are listed; all are counted


class Refused(Exception):
    """An entry breaks a rule and therefore changes nothing."""

    def __init__(self, field: str, found: Any, expected: Any, message: str) -> None:
        super().__init__(message)
        self.field, self.found, self.expected, self.message = field, found, expected, message


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """One error or finding: the entry's index, the field, what stands there, what would be right, and the rule."""

    index: int
    field: str
    found: Any
    expected: Any
    message: str


class Problems:
    """Collects errors and findings about the entry that is being replayed."""

    def __init__(self) -> None:
        self.errors: list[Problem] = []
        self.findings: list[Problem] = []
        self.error_count = 0
        self.finding_count = 0
        self.errors_by_check: dict[str, int] = {}
        self.index = 0
        self.check = ""

    def begin(self, index: int, check: str) -> None:
        """Names the entry, and the group of rules, that the next errors belong to."""
        self.index, self.check = index, check

    def error(self, field: str, found: Any, expected: Any, message: str) -> None:
        """Notes a broken rule."""
        self.error_count += 1
        self.errors_by_check[self.check] = self.errors_by_check.get(self.check, 0) + 1
        if len(self.errors) < MOST_LISTED:
            self.errors.append(self._problem(field, found, expected, message))

    def finding(self, field: str, found: Any, expected: Any, message: str) -> None:
        """Notes something that breaks no rule but deserves a look."""
        self.finding_count += 1
        if len(self.findings) < MOST_LISTED:
            self.findings.append(self._problem(field, found, expected, message))

    def compare(self, field: str, found: Any, expected: Any, message: str) -> None:
        """Notes an error unless both values are equal."""
        if found != expected:
            self.error(field, found, expected, message)

    def refuse(self, refused: Refused) -> None:
        """Notes the error that made an entry be passed over."""
        self.error(refused.field, refused.found, refused.expected, refused.message)

    def _problem(self, field: str, found: Any, expected: Any, message: str) -> Problem:
        return Problem(index=self.index, field=field, found=found, expected=expected, message=message)
