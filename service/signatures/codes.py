"""Typed confirmation codes: 50 random bits for people whose mail program opens no link (PAGES 2.11)."""

from __future__ import annotations

import base64
import hmac
import re
import secrets
from collections.abc import Callable

from service.errors import PetitionError

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford base32: no I, L, O, U
LENGTH = 10
GROUP = 5
PREFIX = 4  # characters that name the pending rows; the other 30 bits are secret
READ_AS = str.maketrans("OIL", "011")

Mac = Callable[[str, bytes], bytes]


class CodeMalformed(PetitionError):
    """A code has ten letters and digits, such as 7QM2K 9STXV."""

    code, status = "code-malformed", 422


def new_code() -> str:
    """Return a new random code, ten characters without a space."""
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def shown(code: str) -> str:
    """Return a code as people read it: two groups of five."""
    return f"{code[:GROUP]} {code[GROUP:]}"


def read_code(typed: str) -> str:
    """Return the code that was typed: case, spaces and hyphens do not matter, o is 0, i and l are 1.

    :raises CodeMalformed: if it cannot be a code.
    """
    written = re.sub(r"[\s\-\u2010-\u2015]", "", typed)
    code = written.upper().translate(READ_AS)
    if not written.isascii() or len(code) != LENGTH or not set(code) <= set(ALPHABET):
        raise CodeMalformed()
    return code


def code_prefix(code: str) -> str:
    """Return the part of a code that is stored in the clear, to find the rows that it may belong to."""
    return code[:PREFIX]


def code_mac(mac: Mac, code: str) -> str:
    """Return what is stored of a code: its HMAC under the server key (`Keys.mac`); the database alone opens nothing."""
    return base64.urlsafe_b64encode(mac("confirmation-code", code.encode())).rstrip(b"=").decode()


def is_code(mac: Mac, code: str, stored: str) -> bool:
    """Return whether this is the code of which `stored` was made, in constant time."""
    return hmac.compare_digest(code_mac(mac, code), stored)
