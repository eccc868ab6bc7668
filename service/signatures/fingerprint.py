"""Fingerprints of mail addresses, version ``hmac/1``: one address has one token in a campaign."""

from __future__ import annotations

import base64
import hashlib
import hmac
import unicodedata

import idna

TOKEN_BYTES = 16


def norm(address: str) -> str:
    """Return the address that is compared: stripped, in NFC, domain as lower-case A-label, local part casefolded.

    Nothing provider-specific is done (no dots or ``+tags`` dropped): two mailboxes stay two.

    :raises ValueError: if it is no address with a valid domain.
    """
    local, _, domain = unicodedata.normalize("NFC", address.strip()).rpartition("@")
    domain = domain.removesuffix(".")
    if not (local and domain):
        raise ValueError("an address has a local part, an @ and a domain")
    return f"{unicodedata.normalize('NFC', local.casefold())}@{_a_label(domain)}"


def token(key: bytes, campaign: str, normalised: str) -> str:
    """Return the id of a signature: a hash of campaign and normalised address under the campaign's key (32 bytes)."""
    message = b"petition/uniq/v1\0" + campaign.encode() + b"\0" + normalised.encode()
    return base64.urlsafe_b64encode(hmac.digest(key, message, hashlib.sha256)[:TOKEN_BYTES]).rstrip(b"=").decode()


def _a_label(domain: str) -> str:
    if domain.isascii():  # also what IDNA would refuse but mail servers know, such as underscores and address literals
        return domain.lower()
    try:
        return idna.encode(domain, uts46=True).decode().lower().removesuffix(".")
    except idna.IDNAError as error:
        raise ValueError("the domain of the address is not valid") from error
