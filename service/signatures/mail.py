"""The mails that ask to press a button: plain text with a link and a code, neutral for campaigns at risk.

No mail ever holds a name, a country, a choice, a promise or a receipt (PRIVACY section 9); at risk
nothing in it tells what it is about.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace

from service.outbox.queue import Message
from service.signatures.codes import shown

ORIGINAL = "en"
VALID_HOURS = 72  # a link and its code; PRIVACY section 2


@dataclass(frozen=True, slots=True)
class ConfirmationMail:
    """What a confirmation mail needs.

    `title` is the appeal's as the form showed it; it and `sender_name` are left out if `at_risk`. `sender` is an
    address, at risk the neutral one. `return_path` may be an address of its own for bounces.
    """

    to: str
    language: str
    link: str  # the whole address of the page with the button
    code: str
    code_page: str  # where the code is typed
    sender: str
    sender_name: str
    title: str
    at_risk: bool
    return_path: str = ""


@dataclass(frozen=True, slots=True)
class Words:
    """The sentences of the mails in one language; `unreviewed` says so while no fluent person has read them."""

    subject: str
    neutral_subject: str
    greeting: str
    signed: str
    entered: str
    asked: str
    signature_counts: str
    entry_counts: str
    open_link: str
    type_code: str
    valid: str
    automatic: str
    replaced_subject: str
    replaced: str
    old_counts: str
    open_to_renew: str
    renewal_valid: str
    reminder_subject: str
    reminded: str
    unreviewed: str = ""


def confirmation_mail(request: ConfirmationMail) -> Message:
    """Return the mail that asks whether it was really the holder of the mailbox who signed; at risk it is neutral."""
    words = WORDS.get(request.language, WORDS[ORIGINAL])
    if request.at_risk:
        return _message(request, words.neutral_subject, [words.entered, words.entry_counts], sender_name="")
    title = " ".join(request.title.split())
    what = [words.signed, title, words.signature_counts]
    return _message(request, words.subject.format(title=title), what, request.sender_name)


def own_page_mail(request: ConfirmationMail) -> Message:
    """Return the mail of "send me my link": always neutral, as no campaign is known before the button is pressed."""
    words = WORDS.get(request.language, WORDS[ORIGINAL])
    return _message(request, words.neutral_subject, [words.asked], sender_name="")


def renewal_mail(request: ConfirmationMail) -> Message:
    """Return the mail that asks somebody who signed to renew, once a text was replaced; of ordinary appeals only."""
    words = WORDS.get(request.language, WORDS[ORIGINAL])
    title = " ".join(request.title.split())
    paragraphs = [
        words.greeting, words.replaced, title, words.old_counts, words.open_to_renew, request.link,
        words.renewal_valid, words.automatic, words.unreviewed,
    ]  # fmt: skip
    message = _message(request, words.replaced_subject.format(title=title), [], request.sender_name)
    return replace(message, body="\n\n".join(filter(None, paragraphs)) + "\n")


def reminder_mail(request: ConfirmationMail) -> Message:
    """Return the one mail that reminds of a form which nobody confirmed; of ordinary appeals only."""
    words = WORDS.get(request.language, WORDS[ORIGINAL])
    title = " ".join(request.title.split())
    paragraphs = [
        words.greeting, words.signed, title, words.reminded, words.open_link, request.link, words.automatic,
        words.unreviewed,
    ]  # fmt: skip
    message = _message(request, words.reminder_subject.format(title=title), [], request.sender_name)
    return replace(message, body="\n\n".join(filter(None, paragraphs)) + "\n")


def _message(request: ConfirmationMail, subject: str, what: list[str], sender_name: str) -> Message:
    return Message(
        to=request.to,
        subject=subject,
        body=_body(request, what),
        sender_name=sender_name,
        sender=request.sender,
        language=request.language if request.language in WORDS else ORIGINAL,
        message_id=f"<{secrets.token_hex(16)}@{request.sender.rpartition('@')[2]}>",
        return_path=request.return_path,
    )


def _body(request: ConfirmationMail, what: list[str]) -> str:
    words = WORDS.get(request.language, WORDS[ORIGINAL])
    paragraphs = [
        words.greeting,
        *what,
        words.open_link,
        request.link,
        words.type_code,
        request.code_page,
        shown(request.code),
        words.valid.format(hours=VALID_HOURS),
        words.automatic,
        words.unreviewed,
    ]
    return "\n\n".join(filter(None, paragraphs)) + "\n"


WORDS = {
    "en": Words(
        subject="Please confirm your signature: {title}",
        neutral_subject="Please confirm",
        greeting="Hello,",
        signed="somebody, probably you, has signed this appeal with this mail address:",
        entered="somebody, probably you, has entered this mail address in a form.",
        asked="somebody, probably you, has asked us for a link with this mail address.",
        signature_counts="The signature counts only once it is confirmed.",
        entry_counts="What was entered counts only once it is confirmed.",
        open_link="Open this page and press the button on it:",
        type_code="Or open this page and type the code below:",
        valid="Link and code work for {hours} hours. If it was not you, you need not do anything: what was entered "
        "is deleted by itself. You can also delete it at once, on the same page.",
        automatic="This mail was sent automatically. Please do not pass it on: the link is for you alone.",
        replaced_subject="The text was replaced: {title}",
        replaced="the appeal that was signed with this mail address has a new text:",
        old_counts="The signature stands for the earlier text and is not counted for the new one.",
        open_to_renew="This page shows what changed. If you stand for the new text, too, press the button on it:",
        renewal_valid="The link works until the text changes again or the appeal closes. If you do nothing, nothing "
        "changes; there is no second mail about this.",
        reminder_subject="Not confirmed yet: {title}",
        reminded="It is not confirmed yet, so it does not count. This is the only reminder. If it was not you, delete "
        "it on the same page, or do nothing: two days from now it is deleted by itself.",
    ),
    "tr": Words(
        subject="Lütfen imzanızı onaylayın: {title}",
        neutral_subject="Lütfen onaylayın",
        greeting="Merhaba,",
        signed="birisi (büyük olasılıkla siz) bu e-posta adresiyle şu çağrıyı imzaladı:",
        entered="birisi (büyük olasılıkla siz) bu e-posta adresini bir forma yazdı.",
        asked="birisi (büyük olasılıkla siz) bu e-posta adresi için bizden bir bağlantı istedi.",
        signature_counts="İmza ancak onaylandıktan sonra sayılır.",
        entry_counts="Yazılanlar ancak onaylandıktan sonra geçerli olur.",
        open_link="Bu sayfayı açın ve oradaki düğmeye basın:",
        type_code="Ya da bu sayfayı açın ve aşağıdaki kodu yazın:",
        valid="Bağlantı ve kod {hours} saat geçerlidir. Bunu yapan siz değilseniz bir şey yapmanız gerekmez: "
        "yazılanlar kendiliğinden silinir. İsterseniz aynı sayfada hemen de silebilirsiniz.",
        automatic="Bu ileti otomatik olarak gönderildi. Lütfen başkasına iletmeyin: bağlantı yalnızca sizin içindir.",
        replaced_subject="Metin değiştirildi: {title}",
        replaced="bu e-posta adresiyle imzalanan çağrının yeni bir metni var:",
        old_counts="İmza önceki metin için geçerlidir ve yeni metin için sayılmaz.",
        open_to_renew="Bu sayfa neyin değiştiğini gösterir. Yeni metni de destekliyorsanız oradaki düğmeye basın:",
        renewal_valid="Bağlantı, metin yeniden değişene ya da çağrı kapanana kadar geçerlidir. Bir şey yapmazsanız "
        "hiçbir şey değişmez; bu konuda ikinci bir ileti gönderilmez.",
        reminder_subject="Henüz onaylanmadı: {title}",
        reminded="İmza henüz onaylanmadı, bu yüzden sayılmıyor. Bu tek hatırlatmadır. Bunu yapan siz değilseniz aynı "
        "sayfada silin ya da hiçbir şey yapmayın: iki gün sonra kendiliğinden silinir.",
        unreviewed="Bu metin makine çevirisidir; henüz bir kişi tarafından gözden geçirilmemiştir.",
    ),
    "ug": Words(
        subject="ئىمزايىڭىزنى جەزملەشتۈرۈڭ: {title}",
        neutral_subject="جەزملەشتۈرۈڭ",
        greeting="ياخشىمۇسىز،",
        signed="بىرەيلەن (بەلكىم سىز) بۇ ئېلخەت ئادرېسى بىلەن تۆۋەندىكى مۇراجىئەتكە ئىمزا قويدى:",
        entered="بىرەيلەن (بەلكىم سىز) بۇ ئېلخەت ئادرېسىنى بىر جەدۋەلگە يازدى.",
        asked="بىرەيلەن (بەلكىم سىز) بۇ ئېلخەت ئادرېسى ئۈچۈن بىزدىن ئۇلانما سورىدى.",
        signature_counts="ئىمزا پەقەت جەزملەشتۈرۈلگەندىن كېيىنلا ھېسابلىنىدۇ.",
        entry_counts="يېزىلغانلار پەقەت جەزملەشتۈرۈلگەندىن كېيىنلا كۈچكە ئىگە بولىدۇ.",
        open_link="بۇ بەتنى ئېچىپ، ئۇنىڭدىكى كۇنۇپكىنى بېسىڭ:",
        type_code="ياكى بۇ بەتنى ئېچىپ، تۆۋەندىكى كودنى كىرگۈزۈڭ:",
        valid="ئۇلانما ۋە كود {hours} سائەت كۈچكە ئىگە. ئەگەر بۇنى سىز قىلمىغان بولسىڭىز، "
        "ھېچنېمە قىلىشىڭىزنىڭ ھاجىتى يوق: "
        "يېزىلغانلار ئۆزلۈكىدىن ئۆچۈرۈلىدۇ. خالىسىڭىز شۇ بەتتە دەرھال ئۆچۈرەلەيسىز.",
        automatic="بۇ خەت ئاپتوماتىك ئەۋەتىلدى. باشقىلارغا يوللىماڭ: ئۇلانما پەقەت سىز ئۈچۈن.",
        replaced_subject="تېكىست ئالماشتۇرۇلدى: {title}",
        replaced="بۇ ئېلخەت ئادرېسى بىلەن ئىمزالانغان مۇراجىئەتنىڭ يېڭى تېكىستى بار:",
        old_counts="ئىمزا ئىلگىرىكى تېكىست ئۈچۈن كۈچكە ئىگە، يېڭى تېكىست ئۈچۈن ھېسابلانمايدۇ.",
        open_to_renew="بۇ بەت نېمىنىڭ ئۆزگەرگەنلىكىنى كۆرسىتىدۇ. "
        "يېڭى تېكىستنىمۇ قوللىسىڭىز، ئۇنىڭدىكى كۇنۇپكىنى بېسىڭ:",
        renewal_valid="ئۇلانما تېكىست قايتا ئۆزگەرگۈچە ياكى مۇراجىئەت تاقالغۇچە كۈچكە ئىگە. ھېچنېمە قىلمىسىڭىز، "
        "ھېچنېمە ئۆزگەرمەيدۇ؛ بۇ ھەقتە ئىككىنچى خەت ئەۋەتىلمەيدۇ.",
        reminder_subject="تېخى جەزملەشتۈرۈلمىدى: {title}",
        reminded="ئىمزا تېخى جەزملەشتۈرۈلمىدى، شۇڭا ھېسابلانمايدۇ. بۇ بىردىنبىر ئەسكەرتىش. "
        "ئەگەر بۇنى سىز قىلمىغان بولسىڭىز، شۇ بەتتە ئۆچۈرۈڭ ياكى ھېچنېمە قىلماڭ: "
        "ئىككى كۈندىن كېيىن ئۆزلۈكىدىن ئۆچۈرۈلىدۇ.",
        unreviewed="بۇ تېكىست ماشىنا تەرجىمىسى بولۇپ، تېخى ھېچكىم تەكشۈرۈپ چىقمىدى.",
    ),
    "ar": Words(
        subject="يُرجى تأكيد توقيعك: {title}",
        neutral_subject="يُرجى التأكيد",
        greeting="تحية طيبة،",
        signed="وقّع شخص ما (على الأرجح أنت) هذا النداء بعنوان البريد هذا:",
        entered="أدخل شخص ما (على الأرجح أنت) عنوان البريد هذا في استمارة.",
        asked="طلب منا شخص ما (على الأرجح أنت) رابطًا لعنوان البريد هذا.",
        signature_counts="لا يُحسب التوقيع إلا بعد تأكيده.",
        entry_counts="لا يُعتدّ بما أُدخل إلا بعد تأكيده.",
        open_link="يُرجى فتح هذه الصفحة والضغط على الزر الموجود فيها:",
        type_code="أو فتح هذه الصفحة وكتابة الرمز التالي:",
        valid="الرابط والرمز صالحان لمدة {hours} ساعة. وإن لم يكن ذلك منك فلا يلزمك فعل شيء: "
        "يُمحى ما أُدخل من تلقاء نفسه. ويمكنك أيضًا محوه فورًا في الصفحة نفسها.",
        automatic="أُرسلت هذه الرسالة آليًّا. يُرجى عدم تمريرها إلى أحد: الرابط لك وحدك.",
        replaced_subject="استُبدل النص: {title}",
        replaced="صار للنداء الذي وُقّع بعنوان البريد هذا نص جديد:",
        old_counts="التوقيع قائم على النص السابق ولا يُحسب للنص الجديد.",
        open_to_renew="تعرض هذه الصفحة ما تغيّر. ولتأييد النص الجديد أيضًا، يُرجى الضغط على الزر الموجود فيها:",
        renewal_valid="يظل الرابط صالحًا إلى أن يتغير النص من جديد أو يُغلق النداء. وإن لم تفعل شيئًا "
        "فلن يتغير شيء؛ ولن تُرسل رسالة ثانية بهذا الشأن.",
        reminder_subject="لم يُؤكَّد بعد: {title}",
        reminded="لم يُؤكَّد التوقيع بعد، ولذلك لا يُحسب. هذا هو التذكير الوحيد. وإن لم يكن ذلك منك فيمكنك محوه في "
        "الصفحة نفسها أو ألا تفعل شيئًا: يُمحى من تلقاء نفسه بعد يومين.",
        unreviewed="هذا النص ترجمة آلية لم يراجعها أحد بعد.",
    ),
}
