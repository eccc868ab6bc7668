"""An audit as one page that anybody can read, keep and print: no script, and nothing fetched from anywhere."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from html import escape

from service.audit.growth import DayRow, chart, rows_of
from service.audit.page_style import STYLE
from service.audit.printing import outcome, shown
from service.audit.problems import Problem
from service.audit.report import CampaignReport, Check, LetterReport, Report
from service.audit.times import moment
from service.audit.verifying import Outcome

POLICY_FILE = "keys.txt"
_WORDS = {
    "active": "stand for the current text",
    "outdated": "signed an earlier text, replaced since",
    "withdrawn": "took their signature back",
    "invalidated": "were struck out, with a public reason",
}
_LIMITS = (
    "That everybody is shown this same log: witnesses make that hard to fake, comparing checkpoints finds it out.",
    "That a mailbox belongs to a person. Each signature was confirmed by mail; a sample audit can ask some.",
    "Names: none is in the log. A supporter can prove a signature with a receipt.",
)
_KINDS = {
    "ministry_petition": "petition to a ministry", "court_open_letter": "open letter to a court",
    "embassy_copy": "copy for an embassy", "un_communication": "communication to the United Nations",
    "parliament": "petition to a parliament",
}  # fmt: skip


@dataclass(frozen=True)
class Edition:
    """What a page says of itself: where the log came from, when, and how to do the same again."""

    source: str
    made: int  # POSIX seconds
    policy: str  # the policy's text; empty if keys were the source's own
    checkpoint: str  # the note that was checked
    commands: tuple[str, ...]


def page(found: Outcome, edition: Edition) -> str:
    """Return the page."""
    report = found.report
    title = f"Audit of {report.origin or 'a signature log'}"
    parts = (
        _head(title, report, edition), _figures(found), _checks(report), _problems(report), _letters(report),
        _times(report), _repeat(report, edition), _limits(),
    )  # fmt: skip
    body = "\n".join(line for part in parts for line in part)
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{_text(title)}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<main>\n{body}\n</main>\n"
        f"<footer><p>Made {moment(edition.made)} by the auditor’s program, which shares no code with the service that "
        "keeps the log.</p></footer>\n</body>\n</html>\n"
    )


def _head(title: str, report: Report, edition: Edition) -> Iterator[str]:
    tone, said, more = _verdict(report)
    yield f"<h1>{_text(title)}</h1>"
    yield (
        f"<p>{report.size:,} entries of the public signature log were fetched from "
        f"<code>{_text(edition.source)}</code> and recomputed, one by one. The newest is of "
        f"{_text(report.newest_day or 'no day')}.</p>"
    )
    yield f'<div class="verdict {tone}"><strong>{said}</strong><p>{more}</p></div>'


def _verdict(report: Report) -> tuple[str, str, str]:
    findings = _count(report.finding_count, "finding", "findings")
    if report.error_count:
        said = f"{_count(report.error_count, 'error', 'errors')} found"
        return "bad", said, "Something in this log is not what it has to be. It stands below, entry by entry."
    if report.finding_count:
        return "look", f"No error, {findings}", "Nothing is wrong; what deserves a look stands below."
    return "good", "Everything is right", "Every check that was made was passed. What was not checked is said, too."


def _figures(found: Outcome) -> Iterator[str]:
    yield "<h2>The figures</h2>"
    if not found.report.campaigns:
        yield "<p>No appeal is in the log.</p>"
    for name, campaign in found.report.campaigns.items():
        yield from _campaign(name, campaign, rows_of(found.replayed, found.replayed.log.campaigns[name]))


def _campaign(name: str, campaign: CampaignReport, rows: list[DayRow]) -> Iterator[str]:
    yield f'<section class="card"><h3>Appeal <code>{_text(name)}</code>, {_text(campaign.state)}</h3>'
    yield f'<p class="big">{campaign.active:,}</p><p class="note">signatures {_WORDS["active"]}</p>'
    yield '<dl class="facts">'
    for field in ("outdated", "withdrawn", "invalidated"):
        yield f"<div><dt>{_WORDS[field]}</dt><dd>{getattr(campaign, field):,}</dd></div>"
    for reason, number in campaign.reasons.items():
        yield f"<div><dt>struck out: {_text(reason.replace('-', ' '))}</dt><dd>{number:,}</dd></div>"
    yield f'<div class="wide"><dt>the current text’s hash</dt><dd class="hash">{_text(campaign.text)}</dd></div>'
    if len(campaign.by_text) > 1:
        for text, number in campaign.by_text.items():
            yield f'<div class="wide"><dt>{number:,} last signed</dt><dd class="hash">{_text(text)}</dd></div>'
    yield "</dl>"
    yield from _growth(name, rows)
    yield "</section>"


def _growth(name: str, rows: list[DayRow]) -> Iterator[str]:
    if len(rows) < 2:
        return
    first, last = rows[0], rows[-1]
    label = f"Growth from {first.counts.active:,} on {first.day} to {last.counts.active:,} on {last.day}"
    yield f"<figure><figcaption>{label}</figcaption>{chart(rows, label)}</figure>"
    yield f"<details><summary>The {len(rows):,} days as a table</summary>"
    yield f'<div class="scroll" tabindex="0" role="region" aria-label="Growth of {_text(name)}"><table>'
    yield "<caption>At the end of each day on which the log grew</caption><thead><tr>"
    yield "".join(f'<th scope="col">{word}</th>' for word in ("day", "active", "change", "withdrawn", "log size"))
    yield "</tr></thead><tbody>"
    before = 0
    for row in rows:
        active, withdrawn = row.counts.active, row.counts.withdrawn
        yield f'<tr><th scope="row">{row.day}</th><td>{active:,}</td><td>{active - before:+,}</td>'
        yield f"<td>{withdrawn:,}</td><td>{row.size:,}</td></tr>"
        before = active
    yield "</tbody></table></div></details>"


def _checks(report: Report) -> Iterator[str]:
    yield '<h2>What was checked</h2><ol class="checks">'
    for check in report.checks:
        yield f'<li>{_text(check.title)}<span class="result {_tone(check)}">{_result(check)}</span></li>'
    yield f"<li>{_documents(report)}</li></ol>"


def _tone(check: Check) -> str:
    return "none" if check.skipped else "bad" if check.errors else "good"


def _result(check: Check) -> str:
    count, _, result = outcome(check).rpartition(": ")
    if check.skipped:
        return f"<b>not checked</b>: {_text(check.skipped)}"
    return f"<b>{'right' if not check.errors else _text(result)}</b>, {_text(count)}"


def _documents(report: Report) -> str:
    title, documents = "Letters and annexes have the hash that names them, and say what the log says", report.documents
    if documents is None:
        return f'{title}<span class="result none"><b>not checked</b>: --documents was not given</span>'
    tone = "look" if documents.missing or documents.inputs_missing else "good"
    said = f"{documents.right:,} documents right, {documents.missing:,} missing, {documents.removed:,} removed"
    return f'{title}<span class="result {tone}">{said}; {documents.inputs_checked:,} letters compared</span>'


def _problems(report: Report) -> Iterator[str]:
    lists = (
        ("Errors", "bad", report.errors, report.error_count),
        ("Findings", "look", report.findings, report.finding_count),
    )
    for title, tone, problems, count in lists:
        if not count:
            continue
        yield f"<h2>{title}</h2>"
        for problem in problems:
            yield from _problem(problem, tone)
        if count > len(problems):
            yield f"<p>… and {count - len(problems):,} more, which are not listed.</p>"


def _problem(problem: Problem, tone: str) -> Iterator[str]:
    where = f"entry {problem.index:,}" if problem.index >= 0 else "what is published around the entries"
    yield f'<section class="verdict problem {tone}"><h3>In {where}'
    yield (f", field <code>{_text(problem.field)}</code>" if problem.field else "") + "</h3>"
    yield f'<p>{_text(problem.message)}</p><dl><dt class="note">found</dt><dd class="hash">{_text(problem.found)}</dd>'
    yield f'<dt class="note">expected</dt><dd class="hash">{_text(problem.expected)}</dd></dl></section>'


def _letters(report: Report) -> Iterator[str]:
    yield "<h2>Letters, and what they claim</h2>"
    if not report.letters:
        yield "<p>No letter is in the log.</p>"
    for name, letter in report.letters.items():
        yield from _letter(name, letter)


def _letter(name: str, letter: LetterReport) -> Iterator[str]:
    kind = _KINDS.get(letter.kind, letter.kind)
    judged, named = ("good", "right: the log says the same"), f"{letter.named:,}" if letter.named else "none"
    if letter.errors:
        judged = "bad", f"WRONG: {_count(letter.errors, 'error', 'errors')}"
    heading = f"To <code>{_text(letter.addressee)}</code>, {_text(kind)}: {_text(letter.state)}"
    yield f'<section class="card"><h3>{heading}</h3>'
    yield (
        f"<p>It says that <b>{letter.active:,}</b> people stood for the appeal <code>{_text(letter.campaign)}</code> "
        f"when the log had {letter.at_size:,} entries, and names {named} of them. "
        f'<span class="result {judged[0]}"><b>{judged[1]}</b></span></p>'
    )
    yield f'<dl class="facts"><div class="wide"><dt>letter <code>{_text(name)}</code>, its PDF’s SHA-256</dt>'
    yield f'<dd class="hash">{_text(letter.pdf)}</dd></div></dl></section>'


def _times(report: Report) -> Iterator[str]:
    yield "<h2>Who saw it when</h2>"
    if not report.cosigned:
        yield "<p>No witness cosigned this log, so nothing but its own word proves time.</p>"
        return
    yield "<ul>"
    for seen in report.cosigned:
        names = ", ".join(f"<code>{_text(name)}</code>" for name in seen.witnesses)
        yield f"<li>The first {seen.size:,} entries were there before {moment(seen.first)}, says {names}.</li>"
    yield "</ul>"


def _repeat(report: Report, edition: Edition) -> Iterator[str]:
    yield "<h2>Repeat it</h2>"
    yield "<p>The auditor’s program is the folder <code>service/audit</code> of <i>Undersigned</i>. It needs Python "
    yield "3.11 or newer with <code>msgspec</code> and <code>cryptography</code>.</p>"
    if edition.policy:
        yield f"<p>Save the keys as <code>{POLICY_FILE}</code>; compare them with a letter or another site first:</p>"
        yield f"<pre>{_text(edition.policy, lines=True)}</pre>"
    yield "<p>Then:</p><pre>" + "\n".join(_command(command) for command in edition.commands) + "</pre>"
    yield f'<p>At {report.size:,} entries the root has to be <span class="hash">{_text(report.root)}</span>. This is '
    yield "the signed checkpoint that was checked. Keep it in a file: the log of any later day has to hold what it "
    yield f"says (<code>--known FILE</code>).</p><pre>{_text(edition.checkpoint, lines=True)}</pre>"


def _command(command: str) -> str:
    # No line may end between the two hyphens and the name of an option.
    return " ".join(
        f"<span>{_text(word)}</span>" if word.startswith("--") else _text(word) for word in command.split(" ")
    )


def _limits() -> Iterator[str]:
    yield "<h2>What no audit of a log can say</h2><ul>"
    yield from (f"<li>{limit}</li>" for limit in _LIMITS)
    yield "</ul>"


def _count(number: int, one: str, several: str) -> str:
    return f"{number:,} {one if number == 1 else several}"


def _text(value: object, *, lines: bool = False) -> str:
    # What a hostile log says is shown, never interpreted: not by the browser, not by the reader's eye.
    parts = str(value).split("\n") if lines else [str(value)]
    return "\n".join(escape(shown(part)) for part in parts)
