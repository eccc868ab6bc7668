"""The checks of what is published around the entries: what each found, in the order in which they are numbered."""

from __future__ import annotations

from typing import Any

import msgspec

from service.audit.problems import MOST_LISTED, Problem
from service.audit.report import Check, Report

AROUND = -1  # stands for an index: the problem is in no entry


class Ledger:
    """Errors and findings by check; a check that was not made says why."""

    def __init__(self) -> None:
        self.errors: list[Problem] = []
        self.findings: list[Problem] = []
        self._checks: dict[str, Check] = {}

    def did(self, title: str, number: int, unit: str = "entries", errors: int = 0) -> None:
        """Notes that a check was made, and of how many; errors are those that stand in a report already."""
        errors += self._checks[title].errors if title in self._checks else 0
        self._checks[title] = Check(title, number, errors, unit)

    def skip(self, title: str, why: str) -> None:
        """Notes that a check was not made."""
        self._checks[title] = Check(title, 0, 0, skipped=why)

    def error(self, title: str, field: str, found: Any, expected: Any, message: str) -> None:
        """Notes what is wrong; it counts for a check that was begun."""
        self.errors.append(_problem(field, found, expected, message))
        check = self._checks[title]
        self._checks[title] = msgspec.structs.replace(check, errors=check.errors + 1)

    def finding(self, field: str, found: Any, expected: Any, message: str) -> None:
        """Notes what deserves a look."""
        self.findings.append(_problem(field, found, expected, message))

    def before(self, report: Report) -> Report:
        """Returns the report of a replay with these checks and problems before its own."""
        return msgspec.structs.replace(
            report,
            checks=[*self._checks.values(), *report.checks],
            errors=[*self.errors, *report.errors][:MOST_LISTED],
            findings=[*self.findings, *report.findings][:MOST_LISTED],
            error_count=report.error_count + len(self.errors),
            finding_count=report.finding_count + len(self.findings),
        )


def _problem(field: str, found: Any, expected: Any, message: str) -> Problem:
    return Problem(index=AROUND, field=field, found=found, expected=expected, message=message)
