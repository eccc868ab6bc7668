"""The types of a leaf's fields, and the check that each value has to pass (docs/log_format.md section 7)."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Annotated, Any, NamedTuple

from msgspec import Meta

from service.audit.countries import COUNTRIES
from service.audit.days import is_day
from service.audit.notes import BadNote, parse_vkey

LARGEST_INTEGER = 2**53 - 1  # docs/log_format.md section 7: what every JSON reader holds exactly


class Kind(NamedTuple):
    """A type of text: what to say if a value is refused, and the test."""

    expected: str
    accepts: Callable[[Any], Any]


def _shape(pattern: str) -> Callable[[str], Any]:
    return re.compile(pattern, re.ASCII).fullmatch


def _often(test: Callable[[str], Any]) -> Callable[[str], Any]:
    # The same text, wording and campaign stand in a million leaves: their check is remembered.
    return lru_cache(maxsize=4096)(test)


def _is_vkey(value: str) -> bool:
    try:
        parse_vkey(value)
    except BadNote:
        return False
    return True


def _are_slugs(values: list[str]) -> bool:
    return 1 <= len(values) <= 16 and all(_is_slug(value) for value in values)


def _are_countries(values: dict[str, int]) -> bool:
    return all(country in COUNTRIES for country in values)


_is_slug = _shape("[a-z0-9-]{2,32}")

# The last character of base64url carries 2 or 4 bits only: the others must be zero, so few characters may stand there.
DAY = Kind("a day YYYY-MM-DD that exists", is_day)
HASH = Kind("64 lower-case hex digits", _often(_shape("[0-9a-f]{64}")))
COMMITMENT = Kind("32 bytes as base64url, 43 characters", _shape("[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]"))
TOKEN = Kind("16 bytes as base64url, 22 characters", _shape("[A-Za-z0-9_-]{21}[AQgw]"))
CAMPAIGN_ID = Kind("c_ and 10 letters or digits", _often(_shape("c_[A-Za-z0-9]{10}")))
LETTER_ID = Kind("l_ and 10 letters or digits", _shape("l_[A-Za-z0-9]{10}"))
BATCH_ID = Kind("b_ and 10 letters or digits", _often(_shape("b_[A-Za-z0-9]{10}")))
SLUG = Kind("2 to 32 of a-z, 0-9 and -", _is_slug)
SLUGS = Kind("1 to 16 addressees, each 2 to 32 of a-z, 0-9 and -", _are_slugs)
COUNTRY_COUNTS = Kind("countries of ISO 3166-1, alpha-2, upper case", _are_countries)
LANGUAGE = Kind("a language tag of BCP 47", _shape("(?=.{2,35}$)[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*"))
VKEY = Kind("an Ed25519 verifier key with its id", _is_vkey)
KEY_ID = Kind("8 lower-case hex digits", _shape("[0-9a-f]{8}"))
ORIGIN = Kind("host and path without scheme", _shape(r"[a-z0-9][a-z0-9.-]*(:[0-9]{1,5})?(/[A-Za-z0-9._~-]+)*"))
ENGINE = Kind("an engine and its version, such as typst-0.15.1", _shape("[a-z0-9_]+(-[a-z]+)*-[0-9][A-Za-z0-9._]*"))

Number = Annotated[int, Meta(ge=0, le=LARGEST_INTEGER)]
Day = Annotated[str, Meta(extra={"kind": DAY})]
Hash = Annotated[str, Meta(extra={"kind": HASH})]
Commitment = Annotated[str, Meta(extra={"kind": COMMITMENT})]
Token = Annotated[str, Meta(extra={"kind": TOKEN})]
CampaignId = Annotated[str, Meta(extra={"kind": CAMPAIGN_ID})]
LetterId = Annotated[str, Meta(extra={"kind": LETTER_ID})]
BatchId = Annotated[str, Meta(extra={"kind": BATCH_ID})]
Slug = Annotated[str, Meta(extra={"kind": SLUG})]
Slugs = Annotated[list[str], Meta(extra={"kind": SLUGS})]
CountryCounts = Annotated[dict[str, Number], Meta(extra={"kind": COUNTRY_COUNTS})]
Language = Annotated[str, Meta(extra={"kind": LANGUAGE})]
VKey = Annotated[str, Meta(extra={"kind": VKEY})]
KeyId = Annotated[str, Meta(extra={"kind": KEY_ID})]
Origin = Annotated[str, Meta(extra={"kind": ORIGIN})]
Engine = Annotated[str, Meta(extra={"kind": ENGINE})]
