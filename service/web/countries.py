"""The countries that a form offers, by their names in the reader's language and in its order."""

from __future__ import annotations

from functools import cache

from babel import Locale

OTHER = "ZZ"  # ISO 3166-1 keeps it for private use: "another place", never listed in a tally

# ISO 3166-1 alpha-2, officially assigned codes.
_ASSIGNED = """
    AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY
    BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK
    FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR
    IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK
    ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM
    PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF
    TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW
"""
CODES = tuple(_ASSIGNED.split())

# Letters in dictionary order where code points have another one. Uyghur: the order of the Arabic-script alphabet.
ALPHABETS = {
    "tr": "abcçdefgğhıiîjklmnoöpqrsştuüvwxyz",
    "ug": "ئاەبپتجچخدرزژسشغفقكگڭلمنھوۇۆۈۋېىي",
}
FOLDED = str.maketrans("âàáåãäéèêëíìïóòôõøúùûñšžÅÄÖÉأإآىئؤة", "aaaaaaeeeeiiiooooouuunszaaoeاااييوه")
ARTICLE = "ال"  # Arabic dictionaries look a name up without it


@cache
def countries(language: str) -> tuple[tuple[str, str], ...]:
    """Return (code, name) of every country, in the language's order; "other" is not among them."""
    names = Locale.parse(language).territories
    fallback = Locale.parse("en").territories
    pairs = [(code, names.get(code) or fallback[code]) for code in CODES]
    return tuple(sorted(pairs, key=lambda pair: _sort_key(pair[1], language)))


def _sort_key(name: str, language: str) -> tuple[int | str, ...]:
    alphabet = ALPHABETS.get(language)
    if alphabet is None:
        return tuple(name.casefold().translate(FOLDED).removeprefix(ARTICLE))
    lower = name.replace("İ", "i").replace("I", "ı").lower() if language == "tr" else name
    return tuple(alphabet.find(letter) for letter in lower)
