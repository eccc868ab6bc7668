"""The second factor: codes of an authenticator (RFC 6238), and one-time recovery codes for who lost it."""

from __future__ import annotations

import base64
import hashlib
import hmac
import io
import secrets
from datetime import datetime

import pyotp
import segno

STEP_S = 30
DRIFT_STEPS = 1  # RFC 6238 section 5.2: one step either way for clocks that differ
RECOVERY_CODES = 10
RECOVERY_BYTES = 15  # 120 bits: with 112 or more a plain hash is enough, NIST SP 800-63B section 5.1.2.2


def new_secret() -> str:
    """Return a new secret of 160 bits in base32, as RFC 4226 section 4 recommends."""
    return pyotp.random_base32(32)


def step_of(secret: str, code: str, now: datetime) -> int | None:
    """Return the time step that a six-digit code belongs to, at most one from now, or nothing if it is wrong."""
    present = int(now.timestamp()) // STEP_S
    totp = pyotp.TOTP(secret, interval=STEP_S)
    typed = code.replace(" ", "").encode()
    for step in range(present - DRIFT_STEPS, present + DRIFT_STEPS + 1):
        if hmac.compare_digest(totp.generate_otp(step).encode(), typed):
            return step
    return None


def uri_of(secret: str, name: str, issuer: str) -> str:
    """Return the ``otpauth:`` address by which an authenticator takes the secret in."""
    return pyotp.TOTP(secret, interval=STEP_S).provisioning_uri(name=name, issuer_name=issuer)


def as_text_qr(uri: str) -> str:
    """Return the address as a QR code of characters, for a terminal."""
    out = io.StringIO()
    segno.make(uri, error="m").terminal(out=out, compact=True)
    return out.getvalue()


def new_recovery_codes() -> list[str]:
    """Return ten new codes of six groups of four characters."""
    made = (base64.b32encode(secrets.token_bytes(RECOVERY_BYTES)).decode() for _ in range(RECOVERY_CODES))
    return ["-".join(code[at : at + 4] for at in range(0, len(code), 4)) for code in made]


def recovery_hash(account: str, code: str) -> str:
    """Return what is kept of a recovery code: it fits no other account."""
    typed = "".join(code.split()).replace("-", "").upper()
    return hashlib.sha256(f"petition/recovery/v1\0{account}\0{typed}".encode()).hexdigest()
