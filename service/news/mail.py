"""The mail that brings news: plain text, with the link that ends such mail at its end and in its head (RFC 8058)."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from babel import Locale

from service.outbox.queue import Message

ORIGINAL = "en"


@dataclass(frozen=True)
class NewsMail:
    """What a mail of news needs; it is made of ordinary appeals only."""

    to: str
    language: str  # of the form that was filled in
    appeal: str  # its title
    title: str
    text: str
    told_in: str  # the language of title and text
    page: str  # where all news of the appeal stand
    unsubscribe: str
    sender: str
    sender_name: str


@dataclass(frozen=True, slots=True)
class Words:
    """The sentences of the mail in one language; `unreviewed` says so while no fluent person has read them."""

    told_in: str
    why: str
    all_news: str
    end: str
    unreviewed: str = ""


def news_mail(request: NewsMail) -> Message:
    """Return the mail that brings one update to one who asked for news."""
    reader = request.language if request.language in WORDS else ORIGINAL
    words = WORDS[reader]
    appeal = " ".join(request.appeal.split())
    paragraphs = [
        _other_language(reader, request.told_in, words),
        request.title, request.text.strip(), "-- ", words.why, appeal, words.all_news, request.page, words.end,
        request.unsubscribe, words.unreviewed,
    ]  # fmt: skip
    return Message(
        to=request.to,
        subject=" ".join(request.title.split()),
        body="\n\n".join(filter(None, paragraphs)) + "\n",
        sender_name=request.sender_name,
        sender=request.sender,
        language=reader,
        message_id=f"<{secrets.token_hex(16)}@{request.sender.rpartition('@')[2]}>",
        unsubscribe=request.unsubscribe,
    )


def _other_language(reader: str, told_in: str, words: Words) -> str:
    """Return the line that says which language follows, or nothing if it is the reader's own."""
    if told_in == reader:
        return ""
    return words.told_in.format(language=Locale.parse(reader).languages.get(told_in, told_in))


WORDS = {
    "en": Words(
        told_in="The language of this piece of news: {language}. There is no version in yours.",
        why="You get this mail because news of this appeal were asked for with this address:",
        all_news="All news of it stand on this page:",
        end="If you want no more of them, open this page and press the button on it:",
    ),
    "tr": Words(
        told_in="Bu haberin dili: {language}. Sizin dilinizde bir sürümü yok.",
        why="Bu iletiyi, bu adresle şu çağrıya ilişkin haberler istendiği için alıyorsunuz:",
        all_news="Çağrıya ilişkin tüm haberler bu sayfadadır:",
        end="Artık haber almak istemiyorsanız bu sayfayı açın ve oradaki düğmeye basın:",
        unreviewed="Bu metin makine çevirisidir; henüz bir kişi tarafından gözden geçirilmemiştir.",
    ),
    "ug": Words(
        told_in="بۇ خەۋەرنىڭ تىلى: {language}. سىزنىڭ تىلىڭىزدا نۇسخىسى يوق.",
        why="بۇ ئادرېس بىلەن تۆۋەندىكى مۇراجىئەتنىڭ خەۋەرلىرى سورالغانلىقى ئۈچۈن بۇ خەتنى تاپشۇرۇۋالدىڭىز:",
        all_news="ئۇنىڭ بارلىق خەۋەرلىرى بۇ بەتتە:",
        end="ئەمدى خەۋەر ئالغۇڭىز بولمىسا، بۇ بەتنى ئېچىپ، ئۇنىڭدىكى كۇنۇپكىنى بېسىڭ:",
        unreviewed="بۇ تېكىست ماشىنا تەرجىمىسى بولۇپ، تېخى ھېچكىم تەكشۈرۈپ چىقمىدى.",
    ),
    "ar": Words(
        told_in="لغة هذا الخبر: {language}، ولا توجد نسخة منه بلغتك.",
        why="تصلك هذه الرسالة لأن أخبار هذا النداء طُلبت بعنوان البريد هذا:",
        all_news="جميع أخباره في هذه الصفحة:",
        end="إن لم تعد ترغب في هذه الأخبار، يُرجى فتح هذه الصفحة والضغط على الزر الموجود فيها:",
        unreviewed="هذا النص ترجمة آلية لم يراجعها أحد بعد.",
    ),
}
