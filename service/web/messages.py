"""The words for the codes that schemas, handlers and the log use."""

from __future__ import annotations

from flask_babel import gettext, lazy_gettext

# A form error says what to do. Codes of schemas; the words stand here so that all pages say them alike.
FIELD = {
    "name-empty": lazy_gettext("Enter your full name"),
    "name-too-long": lazy_gettext("Shorten your name to 120 characters"),
    "name-unstorable": lazy_gettext("Write your name with letters; it holds a character that cannot be printed"),
    "email-missing": lazy_gettext("Enter your e-mail address"),
    "email-invalid": lazy_gettext("Enter an e-mail address in the form name@example.org"),
    "email-did-you-mean": lazy_gettext("Check your e-mail address: it looks mistyped"),
    "country-unknown": lazy_gettext("Choose a country from the list, or “Do not say”"),
    "disclosure-unknown": lazy_gettext("Choose how your name is used"),
    "consent-missing": lazy_gettext("Tick the box to agree that your signature is recorded"),
    "form-too-fast": lazy_gettext("Wait a few seconds, then send the form again"),
    "form-too-old": lazy_gettext("This form was open for too long. Check it and send it again"),
    "form-invalid": lazy_gettext("This form could not be recognised. Check it and send it again"),
    "busy": lazy_gettext(
        "Too much is waiting just now. Send the form again in a few seconds: a repetition is harmless"
    ),
    "text-changed": lazy_gettext("The text changed since you opened this form. Read it again, then send the form"),
    "code-missing": lazy_gettext("Enter the code from the message"),
    "code-malformed": lazy_gettext("Enter the code as it stands in the message: ten letters and digits"),
    "link-unknown": lazy_gettext(
        "This code is not known, has expired, or was tried too often. Check it, or sign again"
    ),
    "action-unknown": lazy_gettext("Choose what you want to do"),
    "field-unknown": lazy_gettext("The form had a field that does not belong to it. Open the form again"),
    "field-repeated": lazy_gettext("A field was sent twice. Open the form again"),
    "field-too-long": lazy_gettext("Shorten what you typed"),
}

REASON = {
    "date": lazy_gettext("its last day has passed"),
    "goal": lazy_gettext("it reached its goal"),
    "outcome": lazy_gettext("the matter was decided"),
    "organizer": lazy_gettext("its organizer ended it"),
    "order": lazy_gettext("a court or authority ordered it"),
    "persons-request": lazy_gettext("the people concerned asked for it"),
    "court-order": lazy_gettext("a court ordered its removal"),
    "person": lazy_gettext("a person it concerns asked for its removal"),
    "rights": lazy_gettext("it touched the rights of others"),
    "unlawful": lazy_gettext("its content was unlawful"),
    "mistake": lazy_gettext("it was published by mistake"),
    "duplicate-person": lazy_gettext("the same person had signed twice"),
    "automated": lazy_gettext("it was made by a program"),
    "forged": lazy_gettext("it was made in somebody else’s name"),
    "throwaway-address": lazy_gettext("its address was a throwaway"),
    "bounced": lazy_gettext("its address does not exist"),
}

# Reasons and classes of what happened to the log itself, where no other list has them.
REASON |= {
    "planned": lazy_gettext("as planned"),
    "lost": lazy_gettext("the old one was lost"),
    "stolen": lazy_gettext("the old one was stolen"),
    "outage": lazy_gettext("the service was not reachable"),
    "late-entry": lazy_gettext("an entry came late"),
    "wrong-entry": lazy_gettext("an entry was wrong"),
    "data-loss": lazy_gettext("data were lost"),
    "disclosure": lazy_gettext("data became known to others"),
    "key": lazy_gettext("a key was at risk"),
    "names-addressee": lazy_gettext("names for the addressee of a letter"),
    "names-public": lazy_gettext("names of those who agreed to be named"),
    "counts": lazy_gettext("counts only"),
    "audit-sample": lazy_gettext("a random sample for an auditor"),
}

HAPPENED = {
    "key.rotated": lazy_gettext("A key was replaced"),
    "document.removed": lazy_gettext("A document was taken down"),
    "export.made": lazy_gettext("Data were handed out"),
    "incident.reported": lazy_gettext("An incident was reported"),
    "audit.reported": lazy_gettext("A sample of signatures was audited"),
}

# States of letters, addressees and appeals, as the log names them.
STATE = {
    "composed": lazy_gettext("composed"),
    "approved": lazy_gettext("approved by two people"),
    "handed_over": lazy_gettext("handed over"),
    "failed": lazy_gettext("could not be delivered"),
    "uncertain": lazy_gettext("it is uncertain whether it arrived"),
    "accepted": lazy_gettext("accepted for delivery"),
    "bounced": lazy_gettext("came back"),
    "acknowledged": lazy_gettext("receipt acknowledged"),
    "answered": lazy_gettext("answered"),
    "overdue": lazy_gettext("answer overdue"),
    "dropped": lazy_gettext("dropped"),
    "registered": lazy_gettext("address not verified yet"),
    "amended": lazy_gettext("address changed, not verified yet"),
    "unverified": lazy_gettext("address not verified yet"),
    "verified": lazy_gettext("address verified"),
    "retired": lazy_gettext("no longer an addressee"),
    "closed": lazy_gettext("closed"),
    "ministry_petition": lazy_gettext("petition to an authority"),
    "court_open_letter": lazy_gettext("open letter to a court"),
    "embassy_copy": lazy_gettext("copy for information"),
    "un_communication": lazy_gettext("statement of support to the United Nations"),
    "parliament": lazy_gettext("letter to parliament"),
}

# What became of an appeal's matter, as the log names it.
OUTCOME = {
    "granted": lazy_gettext("What it asks for was granted."),
    "partly": lazy_gettext("What it asks for was granted in part."),
    "refused": lazy_gettext("What it asks for was refused."),
    "moot": lazy_gettext("What it asks for has lost its object."),
    "unknown": lazy_gettext("What became of it is not known."),
}

# What just happened on a supporter's own page.
NOTICE = {
    "already": lazy_gettext("This address had already signed this appeal. It still counts once."),
    "withdrawn": lazy_gettext("Your signature is withdrawn. It no longer counts."),
    "disclosure": lazy_gettext("Your choice was changed."),
    "renewed": lazy_gettext("Your signature stands for the new text."),
}


def field_message(code: str) -> str:
    """Return what to do about a field's error; words that are no code stay as they are."""
    return str(FIELD.get(code, code))


def reason_words(code: str) -> str:
    """Return the public reason for an ending or removal in words."""
    return str(REASON.get(code) or gettext("the reason “%(code)s” stands in the log", code=code))


def state_words(code: str) -> str:
    """Return a state or kind, as the log names it, in words."""
    return str(STATE.get(code.rpartition(".")[2], code))


def outcome_words(code: str) -> str:
    """Return in words what became of an appeal's matter."""
    return str(OUTCOME.get(code, code))


def happened_words(topic: str) -> str:
    """Return in words what an entry about the log itself says."""
    return str(HAPPENED.get(topic, topic))


def notice_words(code: str) -> str:
    """Return in words what just happened; words that are no code stay as they are."""
    return str(NOTICE.get(code, code))
