"""The demonstration's supporters: made up, in many scripts, with addresses that reach nobody."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Person:
    """A made-up supporter: how the name is typed, the address, the country's code, and the language of the pages."""

    name: str
    email: str
    country: str
    language: str


# Five in one country: as many as the example's rule (tally_min 5) asks before a country is named on the page.
PEOPLE = (  # example.org is kept free by RFC 2606; each name says "example" or "sample" in its own language
    Person("Ada Example", "ada@example.org", "GB", "en"),
    Person("Örnek İmzacıoğlu", "ornek@example.org", "DE", "tr"),
    Person("ئۈلگە ئىمزاچى", "ulge@example.org", "KZ", "ug"),
    Person("示例 某某", "shili@example.org", "TW", "en"),
    Person("Пример Подписантов", "primer@example.org", "KG", "en"),
    Person("مثال الموقّع", "mithal@example.org", "DE", "ug"),
    Person("Παράδειγμα Υπογράφων", "paradeigma@example.org", "DE", "en"),
    Person("예시 서명자", "yesi@example.org", "KR", "en"),
    Person("नमूना हस्ताक्षरकर्ता", "namuna@example.org", "IN", "en"),
    Person("דוגמה חותמת", "dugma@example.org", "IL", "en"),
    Person("Şablon Kişi-Örnekgil", "sablon@example.org", "DE", "tr"),
    Person("Zoë O’Sample 🙂", "zoe@example.org", "DE", "en"),
)
