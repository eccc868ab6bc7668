"""Addresses that look mistyped: their domain is one letter from a well-known one, or ends in no known way."""

from __future__ import annotations

WELL_KNOWN = (
    "gmail.com", "googlemail.com", "outlook.com", "hotmail.com", "live.com", "yahoo.com", "icloud.com", "aol.com",
    "gmx.de", "gmx.net", "web.de", "t-online.de", "mail.ru", "yandex.ru", "yandex.com", "protonmail.com", "proton.me",
    "hotmail.co.uk", "yahoo.co.uk", "orange.fr", "free.fr", "qq.com", "163.com", "mynet.com", "riseup.net",
)  # fmt: skip
MISTYPED_ENDINGS = {"con": "com", "cmo": "com", "comm": "com", "ogr": "org", "rog": "org", "nte": "net", "ney": "net"}


def suggestions(address: str) -> list[str]:
    """Return addresses that may be meant instead, nearest first; none if this one looks right."""
    local, _, domain = address.rpartition("@")
    domain = domain.casefold().removesuffix(".")
    if domain in WELL_KNOWN:
        return []
    near = [known for known in WELL_KNOWN if _one_edit_apart(domain, known)]
    stem, _, ending = domain.rpartition(".")
    if not near and ending in MISTYPED_ENDINGS:
        near = [f"{stem}.{MISTYPED_ENDINGS[ending]}"]
    return [f"{local}@{known}" for known in near]


def _one_edit_apart(one: str, other: str) -> bool:
    """Return whether one insertion, deletion, substitution or swap of neighbours leads from one to the other."""
    if one == other or abs(len(one) - len(other)) > 1:
        return False
    start = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    a, b = one[start:], other[start:]
    swapped = a[:2] == b[1::-1] and a[2:] == b[2:] and len(a) > 1
    return swapped or a[1:] == b[1:] or a[1:] == b or a == b[1:]
