"""Prints a report for people."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from service.audit.problems import Problem
from service.audit.report import CampaignReport, Check, DocumentsReport, LetterReport, Report
from service.audit.times import moment


def as_text(report: Report) -> str:
    """Writes the whole report: checks, campaigns, letters, problems, verdict."""
    parts = (_head(report), _times(report), _campaigns(report), _letters(report), _problems(report), [verdict(report)])
    return "\n".join(line for part in parts for line in part)


def verdict(report: Report) -> str:
    """Says in one line what the replay came to."""
    errors, findings = _number(report.error_count, "error"), _number(report.finding_count, "finding")
    return f"verdict: {errors}, {findings}"


def _number(count: int, noun: str) -> str:
    return f"{count or 'no'} {noun}{'' if count == 1 else 's'}"


def _head(report: Report) -> Iterator[str]:
    yield f"log     {report.origin or 'of no known origin'}"
    yield f"size    {report.size}"
    yield f"root    {report.root}"
    yield ""
    for number, check in enumerate(report.checks, 1):
        yield f"{number}. {check.title}: {outcome(check)}"
    yield f"{len(report.checks) + 1}. {_documents(report.documents)}"
    yield ""


def outcome(check: Check) -> str:
    """Says what a check came to, and of how many."""
    if check.skipped:
        return f"not checked: {check.skipped}"
    one = f"{check.unit[:-3]}y" if check.unit.endswith("ies") else check.unit[:-1]
    result = "ok" if not check.errors else _number(check.errors, "ERROR")
    return f"{check.entries} {one if check.entries == 1 else check.unit}: {result}"


def _documents(documents: DocumentsReport | None) -> str:
    if documents is None:
        return "Documents: not checked (--documents was not given)"
    return (
        f"Documents: {documents.right} have their hash, {documents.missing} missing and not checked, "
        f"{documents.removed} removed; letters' inputs: {documents.inputs_checked} compared, "
        f"{documents.inputs_missing} missing and not checked"
    )


def _times(report: Report) -> Iterator[str]:
    """Says when entries were there at the latest, and not yet (docs/log_format.md section 8)."""
    for number, each in enumerate(report.cosigned):
        before = report.cosigned[number - 1] if number else None
        first = before.size if before is not None else 0
        if each.size > first:
            after = f"after {moment(before.last)} and " if before is not None else ""
            said = f"added {after}before {moment(each.first)}, says {', '.join(each.witnesses)}"
            yield f"entries {first} to {each.size - 1}: {said}"
    if report.cosigned:
        yield ""


def _campaigns(report: Report) -> Iterator[str]:
    for name, campaign in report.campaigns.items():
        yield f"campaign {name}, {campaign.state}, text {campaign.text}, at size {report.size}:"
        counts = f"{campaign.active} active, {campaign.outdated} outdated, {campaign.withdrawn} withdrawn"
        yield f"    {counts}, {_invalid(campaign)}"
        if len(campaign.by_text) > 1:
            for text, number in campaign.by_text.items():
                yield f"    {number} signed the text {text}"
        yield ""


def _invalid(campaign: CampaignReport) -> str:
    reasons = ", ".join(f"{reason} {number}" for reason, number in campaign.reasons.items())
    return f"{campaign.invalidated} invalidated" + (f" ({reasons})" if reasons else "")


def _letters(report: Report) -> Iterator[str]:
    for name, letter in report.letters.items():
        yield f"letter {name} to {letter.addressee}, {letter.kind}, campaign {letter.campaign}: {letter.state}"
        yield f"    claims {letter.active} active at size {letter.at_size}, {letter.named} named: {_judged(letter)}"
        yield ""


def _judged(letter: LetterReport) -> str:
    return "right" if not letter.errors else f"WRONG, {_number(letter.errors, 'error')}"


def _problems(report: Report) -> Iterator[str]:
    lists = (("ERROR", report.errors, report.error_count), ("finding", report.findings, report.finding_count))
    for label, problems, count in lists:
        for problem in problems:
            yield from _problem(label, problem)
        if count > len(problems):
            yield f"… and {count - len(problems)} more, not listed"
        if problems:
            yield ""


def _problem(label: str, problem: Problem) -> Iterator[str]:
    where = f"entry {problem.index}" if problem.index >= 0 else "what is published"
    field = f", field {shown(problem.field)}" if problem.field else ""
    yield f"{label} in {where}{field}: {problem.message}"
    yield f"    found    {shown(problem.found)}"
    yield f"    expected {shown(problem.expected)}"


def shown(value: Any) -> str:
    """Gives a value for a terminal, with what could steer it made visible."""
    # A hostile entry must not be able to steer the terminal.
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in str(value))
