"""The only rules for the fields that supporters send; errors are codes that pages put in words."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from email_validator import EmailNotValidError, validate_email
from marshmallow import Schema, ValidationError, fields, post_load, validate, validates, validates_schema

from service.campaigns.queries import CampaignView
from service.signatures.commands import SignCampaign
from service.signatures.fingerprint import norm
from service.signatures.misspelt import suggestions
from service.signatures.names import NameRefused, clean_name

EMAIL_MAX = 254  # characters: RFC 5321 section 4.5.3.1.3 less the brackets
DISCLOSURES = ("counted", "addressee", "public")


class SignSchema(Schema):
    """The sign form of one appeal in one language; `load` returns a SignCampaign."""

    full_name = fields.Str(load_default="")
    email = fields.Str(load_default="")
    country = fields.Str(load_default="")
    disclosure = fields.Str(load_default="counted", validate=validate.OneOf(DISCLOSURES, error="disclosure-unknown"))
    consent = fields.Str(load_default="", validate=validate.OneOf(["yes"], error="consent-missing"))
    news = fields.Str(load_default="", validate=validate.OneOf(["", "yes"], error="action-unknown"))
    text = fields.Str(load_default="")
    form_token = fields.Str(load_default="")
    website = fields.Str(load_default="")  # the honeypot: who fills it is no person
    email_checked = fields.Str(load_default="")  # the address that was read back and is meant as typed

    def __init__(self, campaign: CampaignView, language: str, countries: frozenset[str], now: datetime) -> None:
        super().__init__()
        self._campaign = campaign
        self._language = language
        self._countries = countries
        self._now = now

    @validates("full_name")
    def check_name(self, value: str, data_key: str) -> None:
        """Refuse a name that cannot be stored as written."""
        try:
            clean_name(value)
        except NameRefused as refused:
            raise ValidationError(f"name-{refused.reason}") from refused

    @validates("country")
    def check_country(self, value: str, data_key: str) -> None:
        """Refuse what is no country; none is a good answer."""
        if value and value not in self._countries:
            raise ValidationError("country-unknown")

    @validates_schema(skip_on_field_errors=False)
    def check_email(self, data: dict[str, Any], **_: Any) -> None:
        """Refuse what is no address, and read one back that looks mistyped."""
        typed = _meant(data)
        if not typed:
            raise ValidationError("email-missing", "email")
        if len(typed) > EMAIL_MAX or not _is_address(typed):
            raise ValidationError("email-invalid", "email")
        if data.get("email_checked", "").strip() != typed and suggestions(typed):
            raise ValidationError("email-did-you-mean", "email")

    @validates_schema(skip_on_field_errors=False)
    def check_consent(self, data: dict[str, Any], **_: Any) -> None:
        """Refuse a form without the tick: nothing is stored without explicit consent (GDPR art. 9(2)(a))."""
        if data.get("consent", "yes") != "yes":  # an unknown value was refused at its field
            raise ValidationError("consent-missing", "consent")

    @validates_schema(skip_on_field_errors=False)
    def check_disclosure(self, data: dict[str, Any], **_: Any) -> None:
        """Refuse a choice that this appeal does not offer; where nothing is kept, the field is read and dropped."""
        offered = self._campaign.settings["disclosures"]
        if not self._campaign.forgets and data.get("disclosure", "counted") not in offered:
            raise ValidationError("disclosure-unknown", "disclosure")

    @post_load
    def command(self, data: dict[str, Any], **_: Any) -> SignCampaign:
        """Return what the form asks for."""
        return SignCampaign(
            ref=self._campaign.ref,
            full_name=clean_name(data["full_name"]),
            email=_meant(data),
            norm=norm(_meant(data)),
            country=data["country"] or None,
            disclosure=data["disclosure"],
            text=data["text"],
            language=self._language,
            news=data["news"] == "yes" and not self._campaign.is_at_risk,
            now=self._now,
        )


def _meant(data: dict[str, Any]) -> str:
    """Return the address that is meant: as typed, or the suggestion whose button was pressed."""
    typed, chosen = str(data.get("email", "")).strip(), str(data.get("email_checked", "")).strip()
    return chosen if chosen in suggestions(typed) else typed


def _is_address(typed: str) -> bool:
    """Return whether this is one address without a display name; nothing is looked up."""
    address = typed.removesuffix(".")
    try:
        validate_email(address, check_deliverability=False, allow_smtputf8=True, test_environment=True)
        norm(typed)
    except (EmailNotValidError, ValueError):
        return False
    return True


class ConfirmSchema(Schema):
    """The button behind a mailed link."""

    action = fields.Str(required=True, validate=validate.OneOf(["confirm", "not_me"], error="action-unknown"))
    keep_opening = fields.Str(load_default="", validate=validate.OneOf(["", "yes"], error="action-unknown"))
    text = fields.Str(load_default="")  # hashes of the text and the consent text that a page to renew showed
    wording = fields.Str(load_default="")


class CodeSchema(Schema):
    """A typed code."""

    code = fields.Str(
        required=True,
        error_messages={"required": "code-missing"},
        validate=validate.Length(max=40, error="code-malformed"),
    )


class MineSchema(Schema):
    """What a supporter asks for on their own page."""

    action = fields.Str(
        required=True,
        validate=validate.OneOf(
            ["withdraw", "erase", "both", "disclosure", "show_opening", "renew"], error="action-unknown"
        ),
        error_messages={"required": "action-unknown"},
    )
    disclosure = fields.Str(load_default="", validate=validate.OneOf(["", *DISCLOSURES], error="disclosure-unknown"))
    text = fields.Str(load_default="")  # as in ConfirmSchema
    wording = fields.Str(load_default="")


class MineRequestSchema(Schema):
    """The one field of "send me my link"."""

    email = fields.Str(load_default="")
    website = fields.Str(load_default="")

    @validates("email")
    def check_email(self, value: str, data_key: str) -> None:
        """Refuse what is no address."""
        if not value.strip():
            raise ValidationError("email-missing")
        if len(value.strip()) > EMAIL_MAX or not _is_address(value.strip()):
            raise ValidationError("email-invalid")
