"""Words that ask a court for something. A letter to a court informs and asks for nothing.

Constitution of Türkiye art. 138: nobody may give courts orders, instructions, recommendations or suggestions; Penal
Code art. 277: attempting unlawfully to influence those who judge. The lists are strict on purpose: what is refused by
mistake can be said in other words.
"""

from __future__ import annotations

import re

_WORDS = {  # regular expressions over small letters; Arabic script has no word boundaries that a prefix would respect
    "en": (
        r"\brequest", r"\bdemand", r"\burge", r"\bcall (up)?on\b", r"\bask(s|ed|ing)? (the|this|that|you|your)\b",
        r"\b(we|signers|undersigned|signatories) ask", r"\bappeal to\b", r"\bplead", r"\bimplor", r"\bbeg\b",
        r"\binsist", r"\brecommend", r"\bsuggest", r"\bpropos(e|es|al)\b", r"\bmust\b", r"\bshould\b", r"\bought to\b",
        r"\bhalt\b", r"\bplease\b", r"\bannul", r"\bquash", r"\boverturn",
    ),
    "tr": (
        r"\btale[bp]", r"\bistem", r"\bistiyor", r"\bistirham", r"\barz\b", r"\brica\b", r"\bdileri[zm]", r"\bdiliyor",
        r"\btavsiye", r"\btelkin", r"\böner", r"\bçağırıyor", r"\bçağrıda bulun", r"\bbekliyor", r"\bumuyor",
        r"\bdurdurul", r"\bkarar veril", r"\bgerek(ir|mektedir|li)", r"\biptal", r"\blütfen\b", r"\bbaşvuru",
    ),
    "ug": (
        "تەلەپ", "ئىلتىماس", "ئىلتىجا", "سورايمىز", "سورايدۇ", "ئۈندەيمىز", "ئۈندەيدۇ", "تەۋسىيە", "تەكلىپ", "كېرەك",
        "لازىم", "بىكار قىل",
    ),
    "ar": (
        "نطلب", "نطالب", "يطلبون", "يطالبون", "يطلب الموقعون", "يطالب الموقعون", "نلتمس", "يلتمس", "نرجو", "يرجو",
        "نناشد", "يناشد", "ندعو", "يدعو الموقعون", "نوصي", "يوصي", "نقترح", "يقترح", "يجب", "ينبغي", "إلغاء",
    ),
    "fr": (
        r"\bdemand(ons|ent|ez|e à|e au|ent à)\b", r"\bréclam", r"\bexig", r"\bsollicit", r"\bpri(ons|ent)\b",
        r"\bappel(ons|lent)\b", r"\binvit(ons|ent)\b", r"\bexhort", r"\bconjur", r"\bimplor", r"\brecommand",
        r"\bsuggér",
        r"\bpropos(ons|ent)\b", r"\bdoi(t|vent)\b", r"\bdev(ez|rai(t|ent))\b", r"\bfaut\b", r"\bannul", r"\bveuillez\b",
    ),
}  # fmt: skip
_FORMS = {language: re.compile("|".join(words)) for language, words in _WORDS.items()}
LANGUAGES = frozenset(_WORDS)


def demands_in(words: str, language: str) -> list[str]:
    """Return the words of a line that ask for something; none in a language without a list."""
    form = _FORMS.get(language.split("-")[0])
    return [found[0] for found in form.finditer(_small(words))] if form else []


def _small(words: str) -> str:
    return words.replace("İ", "i").lower().replace("’", "'")  # "İ".lower() is two characters
