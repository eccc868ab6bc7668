"""What needs two people: each kind of request, with the room whose action it is."""

from __future__ import annotations

from collections.abc import Sequence

from service.campaigns.commands import TakeDocumentDown
from service.campaigns.takedown import describe_takedown, take_document_down
from service.clock import day_of
from service.desk.requests import Approvals, Desk, Inside, Params, RequestKind
from service.desk.role_changes import ROLE_KINDS
from service.eventlog.rotating import RotateKey, describe_rotation, rotate_key
from service.letters.addressees import describe_verification, verify_addressee
from service.letters.answers import describe_release, release_answer
from service.letters.approval import approve_letter, barred, describe_approval
from service.letters.commands import AllowNames, ApproveLetter, ReleaseAnswer, ResolveLetter, VerifyAddressee
from service.letters.counsel import allow_names, describe_names
from service.letters.links import LinkPackage, describe_link, make_link
from service.letters.resolving import describe_resolution, resolve_letter
from service.publishing.audit_report import ReportAudit, describe_report, report_audit
from service.publishing.audit_sample import HandOut, Sample, describe_sample, draw_sample, hand_out
from service.signatures.commands import JudgeSignatures
from service.signatures.judging import describe_judgement, judge_signatures, read_list
from service.signatures.sampled import openings_of

WRITERS = frozenset({"organizer", "reviewer"})
ADMINISTRATORS = frozenset({"administrator"})
MODERATORS = frozenset({"moderator"})
REVIEWERS = frozenset({"reviewer"})
AUDITORS = frozenset({"auditor"})


def _describe_letter(inside: Inside, params: Params) -> list[str]:
    return describe_approval(inside.connection, inside.log, params["letter"], params["pdf"], day_of(inside.now))


def _approve_letter(inside: Inside, params: Params, approvals: Approvals) -> str:
    command = ApproveLetter(params["letter"], params["pdf"], approvals.people, inside.now)
    approve_letter(command, inside.log, inside.connection)
    return f"letter {command.letter} is approved by {approvals.number} people, and its documents are public"


def _authors(inside: Inside, params: Params) -> set[str]:
    return barred(inside.connection, inside.log, params["letter"])


def _describe_names(inside: Inside, params: Params) -> list[str]:
    command = AllowNames(params["letter"], params["words"], 0, inside.now)
    return describe_names(command, inside.log, inside.connection)


def _allow_names(inside: Inside, params: Params, approvals: Approvals) -> str:
    command = AllowNames(params["letter"], params["words"], approvals.number, inside.now)
    allow_names(command, inside.log, inside.connection)
    return f"letter {command.letter} may name signers at risk: compose it with --again {command.letter} --names"


def _describe_verification(inside: Inside, params: Params) -> list[str]:
    return describe_verification(inside.connection, inside.log, params["addressee"], params["document"])


def _verify_addressee(inside: Inside, params: Params, approvals: Approvals) -> str:
    command = VerifyAddressee(params["addressee"], params["document"], approvals.number, inside.now)
    verify_addressee(command, inside.log, inside.connection)
    return f"the record {command.document} of {command.addressee} is verified by {approvals.number} people"


def _describe_takedown(inside: Inside, params: Params) -> list[str]:
    return describe_takedown(inside.connection, inside.log, params["document"], params["reason"])


def _take_down(inside: Inside, params: Params, approvals: Approvals) -> str:
    command = TakeDocumentDown(params["document"], params["reason"], approvals.number, inside.now)
    take_document_down(command, inside.log, inside.connection)
    return f"document {command.document} is taken down: {command.reason}"


def _describe_rotation(inside: Inside, params: Params) -> list[str]:
    return describe_rotation(RotateKey(now=inside.now, **params), inside.log, day_of(inside.now))


def _rotate_key(inside: Inside, params: Params, approvals: Approvals) -> str:
    rotate_key(RotateKey(now=inside.now, **params), inside.log, inside.connection, approvals.number)
    return f"the {params['role']} key {params['key']} signs from now on"


def _resolution(inside: Inside, params: Params, approvals: int) -> ResolveLetter:
    went = bool(params["went"])
    return ResolveLetter(params["letter"], params["attempt"], went, params["found"], approvals, inside.now)


def _describe_resolution(inside: Inside, params: Params) -> list[str]:
    return describe_resolution(_resolution(inside, params, 0), inside.log, inside.connection, inside.keys)


def _resolve_letter(inside: Inside, params: Params, approvals: Approvals) -> str:
    command = _resolution(inside, params, approvals.number)
    state = resolve_letter(command, inside.log, inside.connection, inside.keys)
    return f"letter {command.letter} is {state}, as {approvals.number} people found out"


def _describe_release(inside: Inside, params: Params) -> list[str]:
    command = ReleaseAnswer(params["letter"], params["version"])
    return describe_release(command, inside.log, inside.connection, inside.keys)


def _release_answer(inside: Inside, params: Params, approvals: Approvals) -> str:
    command = ReleaseAnswer(params["letter"], params["version"])
    document = release_answer(command, inside.log, inside.connection, inside.keys)
    return f"the answer {document} is public, as {approvals.number} people decided"


def _describe_link(inside: Inside, params: Params) -> list[str]:
    return describe_link(inside.connection, inside.log, LinkPackage(params["letter"], params["names"], 0))


def _make_link(inside: Inside, params: Params, approvals: Approvals) -> str:
    command = LinkPackage(params["letter"], params["names"], approvals.number)
    make_link(inside.connection, inside.log, inside.keys, command)
    return f"annex B of {command.letter} can be fetched by a link: petition letter slip {command.letter} --as ACCOUNT"


def _draw_sample(desk: Desk, params: Params) -> Params:
    return vars(draw_sample(desk.log.database, desk.keys, Sample(**params)))


def _describe_sample(inside: Inside, params: Params) -> list[str]:
    return describe_sample(inside.connection, inside.keys, Sample(**params), inside.now)


def _hand_out(inside: Inside, params: Params, approvals: Approvals) -> str:
    command = HandOut(Sample(**params), approvals.asked_by, approvals.number, inside.now)
    made = hand_out(command, inside.log, inside.connection, inside.keys, openings_of)
    return f"the sample {made} waits seven days for who asked: petition audit fetch {made} --out FILE --as ACCOUNT"


def _describe_report(inside: Inside, params: Params) -> list[str]:
    return describe_report(inside.connection, ReportAudit(**params))


def _report_audit(inside: Inside, params: Params, approvals: Approvals) -> str:
    report_audit(ReportAudit(**params), inside.log, inside.connection, approvals.number, inside.now)
    return f"the audit is reported, document {params['document']}"


def judgement_params(command: JudgeSignatures) -> Params:
    """Return a decision about signatures as a request keeps it."""
    lists = {"entries": list(command.entries), "chosen": [list(one) for one in command.chosen]}
    return vars(command) | lists | {"reason": command.reason or "", "left_out": dict(command.left_out)}


def _judgement(params: Params) -> JudgeSignatures:
    return JudgeSignatures(**params | {"reason": params["reason"] or None})


def _read_judgement(desk: Desk, params: Params) -> Params:
    with desk.log.database.read() as connection:
        return judgement_params(read_list(connection, _judgement(params)))


def _describe_judgement(inside: Inside, params: Params) -> list[str]:
    return describe_judgement(inside.connection, _judgement(params))


def _judge_signatures(inside: Inside, params: Params, approvals: Approvals) -> str:
    changed = judge_signatures(_judgement(params), inside.connection, approvals.number, inside.now)
    of_them = "those that are still as they were" if changed is None else f"{changed} of them"
    done = "do not count any more" if params["reason"] else "count again"
    return f"decision {params['batch']} is made: {of_them} {done} once the recorder has appended it"


KINDS: Sequence[RequestKind] = (
    *ROLE_KINDS,
    RequestKind("letter-approve", WRITERS, REVIEWERS, _describe_letter, _approve_letter, _authors),
    RequestKind("letter-names", WRITERS, REVIEWERS, _describe_names, _allow_names, _authors),
    RequestKind("package-link", WRITERS, REVIEWERS, _describe_link, _make_link, _authors),
    RequestKind("letter-resolve", WRITERS, WRITERS, _describe_resolution, _resolve_letter),
    RequestKind("answer-release", WRITERS, WRITERS, _describe_release, _release_answer),
    RequestKind("addressee-verify", WRITERS, REVIEWERS, _describe_verification, _verify_addressee),
    RequestKind("key-rotate", ADMINISTRATORS, ADMINISTRATORS, _describe_rotation, _rotate_key),
    RequestKind("document-remove", WRITERS, REVIEWERS, _describe_takedown, _take_down),
    RequestKind(
        "signatures-judge",
        MODERATORS,
        MODERATORS | REVIEWERS,
        _describe_judgement,
        _judge_signatures,
        prepare=_read_judgement,
    ),
    RequestKind("audit-sample", AUDITORS, ADMINISTRATORS, _describe_sample, _hand_out, prepare=_draw_sample),
    RequestKind("audit-report", AUDITORS, ADMINISTRATORS | REVIEWERS, _describe_report, _report_audit),
)
