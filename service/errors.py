"""What can be refused or go wrong, each with a code, an HTTP status and words for people."""

from __future__ import annotations


class PetitionError(Exception):
    """The base of all errors that are shown to people.

    ``code`` is stable and machine-readable, ``status`` the HTTP status, and the message says what to do.
    """

    code = "error"
    status = 400

    def __init__(self, message: str = "", **details: object) -> None:
        super().__init__(message or self.__doc__ or self.code)
        self.details = details


class NotFound(PetitionError):
    """There is nothing at this address."""

    code, status = "not-found", 404


class CampaignNotOpen(PetitionError):
    """This appeal does not take signatures now."""

    code, status = "campaign-not-open", 410


class LinkUnknown(PetitionError):
    """This link is unknown, has expired, or was erased."""

    code, status = "link-unknown", 404


class TextChanged(PetitionError):
    """The text of the appeal changed since the form was shown."""

    code, status = "text-changed", 422


class NotOffered(PetitionError):
    """The appeal does not offer this way of using a name."""

    code, status = "disclosure-unknown", 422


class Refused(PetitionError):
    """The command does not fit the present state."""

    code, status = "refused", 409


class Busy(PetitionError):
    """Too much is waiting just now: please try again. What you sent may have been stored; repeating it is harmless."""

    code, status = "busy", 503


class SigningPaused(Busy):
    """Signing this appeal is paused for a while. Please come back later; links that were mailed go on working."""

    code = "signing-paused"


class StoreUnavailable(Busy):
    """The database cannot be reached or written just now: please try again."""

    code = "store-unavailable"


class ConfigError(PetitionError):
    """A setting is wrong: the message names the variable and says what to write."""

    code, status = "config", 500


class SchemaUnknown(PetitionError):
    """The database is not prepared for this version. Run `petition prepare`."""

    code, status = "schema-unknown", 503


class LogDamaged(PetitionError):
    """An entry of the event log cannot be read: the message names it. Nothing after it is used."""

    code, status = "log-damaged", 500


class LogRolledBack(LogDamaged):
    """The database is older than what was published: the message says what differs. Nothing is accepted meanwhile."""

    code, status = "rolled-back", 503
