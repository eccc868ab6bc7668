"""The consent text: what somebody agrees to by signing, in every language, for the rules of a campaign.

It is the product's own, one document for all languages, and its hash stands in every leaf. Turkish and Uyghur were
written by a machine and are not reviewed. It says what GDPR art. 9(2)(a) asks for: what is recorded, that it shows an
opinion, who sees what, how long it is kept, and how to take it back.
"""

from __future__ import annotations

from typing import Any

from service.campaigns.events import Rules
from service.eventlog.canonical import canonical

_AGREE = {
    "en": "I agree that my signature under this appeal is recorded. It shows an opinion and may point to my origin or "
    "beliefs. The public log gets an entry without name and address that stays for ever.",
    "tr": "Bu çağrının altındaki imzamın kaydedilmesini kabul ediyorum. İmza bir görüşü gösterir; kökenime veya inancıma "
    "işaret edebilir. Açık kayda, adım ve adresim olmadan, kalıcı bir giriş yazılır.",
    "ug": "بۇ مۇراجىئەتتىكى ئىمزايىمنىڭ خاتىرىلىنىشىگە قوشۇلىمەن. ئىمزا بىر كۆز قاراشنى كۆرسىتىدۇ، كېلىپ چىقىشىم ياكى "
    "ئېتىقادىمنى بىلدۈرۈشى مۇمكىن. ئاشكارا خاتىرىگە ئىسىم ۋە ئادرېسسىز، مەڭگۈ قالىدىغان بىر خاتىرە يېزىلىدۇ.",
}
_RETENTION = {
    "close+30d": {
        "en": "Name, address, country and choices are kept under a key of their own until 30 days after the appeal closes, "
        "and shown to nobody but those whom I chose above.",
        "tr": "Ad, adres, ülke ve tercihler, çağrı kapandıktan 30 gün sonrasına kadar kendine ait bir anahtarla şifreli "
        "saklanır; benim seçtiklerim dışında kimseye gösterilmez.",
        "ug": "ئىسىم، ئادرېس، دۆلەت ۋە تاللاشلار مۇراجىئەت تاقىلىپ 30 كۈن ئۆتكۈچە ئۆزىنىڭ ئاچقۇچى بىلەن شىفىرلىنىپ "
        "ساقلىنىدۇ، مەن تاللىغانلاردىن باشقا ھېچكىمگە كۆرسىتىلمەيدۇ.",
    },
    "forget": {
        "en": "Name and address are erased at the moment when I confirm. Until the appeal is sealed, whoever holds its key "
        "can still test whether a guessed address signed.",
        "tr": "Ad ve adres, onayladığım anda silinir. Çağrı mühürlenene kadar, anahtarını elinde tutan kişi tahmin ettiği "
        "bir adresin imzalayıp imzalamadığını sınayabilir.",
        "ug": "ئىسىم ۋە ئادرېس مەن جەزملەشتۈرگەن ھامان ئۆچۈرۈلىدۇ. مۇراجىئەت پېچەتلەنگۈچە، ئۇنىڭ ئاچقۇچىنى تۇتقان كىشى "
        "پەرەز قىلغان ئادرېسنىڭ ئىمزا قويغان-قويمىغانلىقىنى سىناپ كۆرەلەيدۇ.",
    },
}
_WITHDRAW = {
    "en": "I can withdraw or be erased at any time on the page that I get after confirming.",
    "tr": "Onayladıktan sonra bana açılan sayfada imzamı istediğim zaman geri çekebilir veya sildirebilirim.",
    "ug": "جەزملەشتۈرگەندىن كېيىن ماڭا ئېچىلىدىغان بەتتە ئىمزايىمنى خالىغان ۋاقىتتا قايتۇرۇۋالالايمەن ياكى ئۆچۈرەلەيمەن.",
}


def consent_document(rules: Rules) -> bytes:
    """Return the document of the consent text for these rules: canonical JSON with the text of each language."""
    consent = {
        language: " ".join((_AGREE[language], _RETENTION[rules.retention][language], _WITHDRAW[language]))
        for language in _AGREE
    }
    document: dict[str, Any] = {"v": 1, "retention": rules.retention, "risk": rules.risk, "consent": consent}
    return canonical(document)
