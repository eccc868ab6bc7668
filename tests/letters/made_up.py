"""Made-up letters of every kind in every language: no office, person or case in them is real."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from service.letters.starters import starter
from service.letters.wording import OF_KIND, SECTIONS
from tests.letters.examples import Example

LANGUAGES = ("tr", "en", "ug", "ar", "fr")
KINDS = tuple(SECTIONS)
OFFICE = {
    "ministry_petition": "ministry",
    "court_open_letter": "court",
    "embassy_copy": "embassy",
    "un_communication": "international",
    "parliament": "parliament",
}
NAME = {
    "en": "Example Office",
    "tr": "Örnek Kurum",
    "ug": "ئۈلگە ئورۇن",
    "ar": "الجهة النموذجية",
    "fr": "Office d’exemple",
}
HEADING = {
    "en": ["To the Example Office", "Exampletown"],
    "tr": ["T.C.", "ÖRNEK KURUM BAŞKANLIĞINA", "ÖRNEKŞEHİR"],
    "ug": ["ئۈلگە ئورۇننىڭ مەسئۇلىغا", "ئۈلگە شەھەر"],
    "ar": ["إلى الجهة النموذجية", "المدينة النموذجية"],
    "fr": ["À l’Office d’exemple", "Villexemple"],
}
SALUTATION = {
    "en": "Your Excellency,",
    "tr": "Sayın Başkan,",
    "ug": "ھۆرمەتلىك مەسئۇل،",
    "ar": "حضرة المسؤول المحترم،",
    "fr": "Madame, Monsieur,",
}
CLOSING = {
    "en": "Yours faithfully,",
    "tr": "Saygılarımızla,",
    "ug": "ھۆرمەت بىلەن،",
    "ar": "وتفضلوا بقبول فائق الاحترام،",
    "fr": "Veuillez agréer l’expression de notre haute considération.",
}
DETAIL = {
    "en": "made-up person",
    "tr": "uydurma kişi",
    "ug": "توقۇلغان كىشى",
    "ar": "شخص متخيَّل",
    "fr": "personne fictive",
}
RULE = {
    "en": ("Example Convention, Article 1", "Nobody may be sent to a place of danger."),
    "tr": ("Örnek Sözleşme, madde 1", "Kimse tehlike altında olacağı bir yere gönderilemez."),
    "ug": ("ئۈلگە ئەھدىنامە، 1-ماددا", "ھېچكىم خەتەرلىك جايغا ئەۋەتىلمەيدۇ."),
    "ar": ("الاتفاقية النموذجية، المادة 1", "لا يُرسَل أحد إلى مكان يتعرض فيه للخطر."),
    "fr": ("Convention d’exemple, article 1", "Nul ne peut être envoyé là où il est en danger."),
}
DEMAND = {
    "en": "Tell us in writing what has been done.",
    "tr": "Yapılan işlemler hakkında tarafımıza yazılı bilgi verilmesini",
    "ug": "قىلىنغان ئىشلار توغرىسىدا بىزگە يازما جاۋاب بېرىش.",
    "ar": "إبلاغنا كتابةً بما اتُّخذ من إجراءات.",
    "fr": "De nous faire savoir par écrit ce qui a été fait.",
}
TITLE = {language: f"{NAME[language]}" for language in LANGUAGES}
_NAMES = re.compile(r"^(names|adlar|ئىسىملار|الأسماء|noms)")
_GAP = re.compile(r"\{([^{}]*)\}")


@dataclass
class MadeUp(Example):
    """A letter from one of the wordings to begin from, its gaps filled with made-up words."""

    kind: str = "ministry_petition"
    addressee: str = "made-up"
    languages: tuple[str, ...] = LANGUAGES

    def record_of(self, slug: str) -> dict[str, Any]:
        """Return the record of a made-up office of the letter's kind."""
        is_dilekce = self.kind == "ministry_petition"

        def per_kind(words: dict[str, str]) -> dict[str, dict[str, str]]:
            return {one: {self.kind: "" if is_dilekce and one == "tr" else words[one]} for one in LANGUAGES}

        return {
            "id": slug,
            "kind": OFFICE[self.kind],
            "name": NAME,
            "heading": HEADING,
            "salutation": per_kind(SALUTATION),
            "closing": per_kind(CLOSING),
            "languages": list(LANGUAGES),
            "country": "",
            "postal_lines": [],
        }

    def appeal(self) -> dict[str, Any]:
        """Return a made-up appeal with a person whose name has spellings in three scripts."""
        spellings = ["Example Person", "Örnek Kişi", "ئۈلگە كىشى", "示例人"]
        person = {"id": "p1", "name": spellings[0], "detail": DETAIL}
        person["spellings"] = [{"value": one, "script": "Latn"} for one in spellings]
        rule = {"id": "r1", "cite": {one: RULE[one][0] for one in LANGUAGES}}
        rule["text"] = {one: RULE[one][1] for one in LANGUAGES}
        demand = {"id": "d1", "of": list(OFFICE.values()), "text": DEMAND}
        return {"title": TITLE, "persons": [person], "legal_bases": [rule], "demands": [demand]}

    def _wording(self, language: str) -> bytes:
        return filled(self.kind, language).encode()


def filled(kind: str, language: str) -> str:
    """Return a wording to begin from with every gap filled: names by a name, the rest by what is asked for there."""

    def fill(gap: re.Match[str]) -> str:
        if gap[1] in OF_KIND[kind]:
            return gap[0]
        return "Example Person (Örnek Kişi)" if _NAMES.match(gap[1]) else " ".join(gap[1].split())

    return _GAP.sub(fill, starter(kind, language, language))
