"""Passwords: what is taken as one, and how it is kept."""

from __future__ import annotations

import unicodedata

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from service.errors import Refused

LENGTH_MIN, LENGTH_MAX = 12, 256  # characters; NIST SP 800-63B asks for 8 beside a second factor
# OWASP Password Storage Cheat Sheet, the lower setting: a web process has 120 MB
HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
NOBODYS = HASHER.hash("nobody's password")  # so that an unknown name takes as long as a known one


def hash_password(password: str) -> str:
    """Return what is kept of a password: argon2id with its parameters. :raises Refused: if it is too short or long."""
    normal = _normal(password)
    if not LENGTH_MIN <= len(normal) <= LENGTH_MAX:
        raise Refused(f"a password has {LENGTH_MIN} to {LENGTH_MAX} characters: three or four random words are good")
    return HASHER.hash(normal)


def is_right(kept: str, password: str) -> bool:
    """Return whether this is the password; takes as long where none is kept."""
    try:
        return HASHER.verify(kept or NOBODYS, _normal(password)[: LENGTH_MAX + 1]) and bool(kept)
    except (VerificationError, InvalidHashError):
        return False


def rehashed(kept: str, password: str) -> str:
    """Return what is to be kept from now on: the same, or made anew if the parameters changed since."""
    return HASHER.hash(_normal(password)) if HASHER.check_needs_rehash(kept) else kept


def _normal(password: str) -> str:
    """Return the password in the form in which it is compared: NIST SP 800-63B section 5.1.1.2 asks for NFKC."""
    return unicodedata.normalize("NFKC", password)
