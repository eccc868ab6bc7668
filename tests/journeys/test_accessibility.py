"""Every state of every page of the live service: axe finds no barrier and nothing scrolls sideways.

Three languages, two widths, light and dark. The states are reached as people reach them: by forms, links and buttons.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser, Page

from service.archive.documents import put
from service.campaigns.appeal_folder import read_appeal_folder
from service.campaigns.commands import CloseCampaign, OpenCampaign
from service.campaigns.drafts import import_appeal
from service.campaigns.handlers import close_campaign
from service.campaigns.opening import open_campaign
from service.letters.commands import ComposeLetter
from service.letters.handlers import compose_letter
from service.store.tables import document
from service.web.messages import field_message
from tests.installation import EXAMPLE, REF, Installation
from tests.journeys.browser import LANGUAGES, Site, barriers, chromium, link_in, live_site, wait_for

pytestmark = pytest.mark.browser

ENDED = "ended-appeal"
SUBMIT = "main form button.button[type=submit]"
OVER_LIMIT = 70_000  # characters: a form may hold 64 KiB


@dataclass
class Visit:
    """Somebody who goes through the site's pages in one language."""

    page: Page
    site: Site
    lang: str

    def opens(self, path: str, status: int = 200) -> None:
        """Open an address; {lang} in it stands for the language."""
        answer = self.page.goto(self.site.url + path.format(lang=self.lang))
        assert answer is not None
        assert answer.status == status, path

    def sends(self, button: str, status: int = 200) -> None:
        """Press a form's button and wait for the page that follows."""
        with self.page.expect_navigation() as navigation:
            self.page.locator(button).first.click()
        assert navigation.value is not None
        assert navigation.value.status == status, self.page.url

    def signs(self, name: str) -> str:
        """Fill in the form, send it, and return the address that was typed."""
        email = f"{name}-{self.lang}@example.org"
        self.opens(f"/{{lang}}/c/{REF}/sign")
        self.page.fill("#full_name", "Made-up Visitor")
        self.page.fill("#email", email)
        self.page.check("#consent")
        self.sends(SUBMIT)
        return email

    def follows_mail(self, email: str, mails: int = 1) -> None:
        """Open the link of the newest mail to an address."""
        self.page.goto(link_in(self.site.mail_to(email, mails)))


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Start the system's Chromium."""
    with chromium() as started:
        yield started


@pytest.fixture(scope="module")
def site(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Return a live site with an appeal that ended beside the open one."""
    folder = tmp_path_factory.mktemp("site")
    with live_site(sqlite_template, folder) as running:
        end_another_appeal(running.installation, folder / "appeal")
        yield running


@pytest.fixture(scope="module")
def broken_site(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Return a site whose database lost what waits for confirmation: nothing can be stored or looked up there."""
    with live_site(sqlite_template, tmp_path_factory.mktemp("broken")) as running:
        with running.installation.services.database.write() as connection:
            connection.execute(sa.text("ALTER TABLE pending RENAME TO lost"))
        yield running


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """Return a page in which axe may run in spite of the site's policy."""
    context = browser.new_context(bypass_csp=True)
    yield context.new_page()
    context.close()


def public_pages(visit: Visit) -> Iterator[str]:
    """Yield the pages that need nothing from anybody."""
    text = visit.site.installation.form(visit.lang)["text"]
    for path in ("", f"c/{REF}", f"c/{ENDED}", f"c/{REF}/text/{text}", f"c/{ENDED}/letters"):
        visit.opens("/{lang}/" + path)
        yield path
    for path in ("/privacy", "/how-it-works", "/security", "/imprint", "/accessibility"):
        visit.opens(path + "?lang={lang}")
        yield path


def form_pages(visit: Visit) -> Iterator[str]:
    """Yield the form blank, with errors, with an address read back, with another text, and the page after it."""
    visit.opens(f"/{{lang}}/c/{REF}/sign")
    yield "sign"
    visit.sends(SUBMIT, 422)
    yield "sign with errors"
    visit.page.fill("#full_name", "ئويدۇرما كىشى")
    visit.page.fill("#email", "made.up.visitor@gmial.com")
    visit.page.check("#consent")
    visit.sends("main p > button.button[type=submit]", 422)
    assert visit.page.locator("button[name=email_checked]").count() == 2
    yield "sign with an address read back"
    visit.page.locator("input[name=text]").evaluate("field => field.value = '0'.repeat(64)")
    visit.sends("main p > button.button[type=submit]", 422)
    with visit.site.installation.app.test_request_context(f"/{visit.lang}/"):
        words = field_message("text-changed")  # a template keeps no words of the language that it was first shown in
    assert visit.page.locator("main .note.bad strong").first.inner_text() == words
    visit.page.locator("main .note.bad summary").click()
    yield "sign with a text that changed"
    visit.signs("sent")
    yield "sent"


def link_pages(visit: Visit) -> Iterator[str]:
    """Yield the pages behind a mailed link and of the typed code."""
    email = visit.signs("link")
    visit.follows_mail(email)
    yield "confirm"
    visit.sends("button[value=not_me]")
    yield "not me"
    visit.opens("/confirm?lang={lang}")
    yield "code"
    visit.page.fill("#code", "7QM2K 9STXX")
    visit.sends(SUBMIT, 422)
    yield "code with an error"


def own_pages(visit: Visit) -> Iterator[str]:
    """Yield a supporter's own page in its states, and the way to find it again."""
    email = visit.signs("own")
    visit.follows_mail(email)
    visit.sends("button[value=confirm]")
    wait_for(lambda: visit.page.reload() and visit.page.locator("main .card .size").count(), "the entry")
    for details in visit.page.locator("main details > summary").all():
        details.click()
    yield "mine, active"
    own_page = visit.page.url
    yield from _own_page_again(visit, email)
    visit.page.goto(own_page)
    visit.page.check("input[value=withdraw]")
    visit.sends("form:has(input[value=withdraw]) button")
    yield "mine, withdrawn"
    visit.page.check("input[value=erase]")
    visit.sends("form:has(input[value=erase]) button")
    yield "erased"


def _own_page_again(visit: Visit, email: str) -> Iterator[str]:
    visit.follows_mail(email)
    yield "confirm, a second time"
    visit.opens("/mine?lang={lang}")
    yield "mine, request"
    visit.sends(SUBMIT, 422)
    yield "mine, request with an error"
    visit.page.fill("#email", email)
    visit.sends(SUBMIT)
    yield "mine, requested"
    visit.follows_mail(email, 2)
    yield "mine, button to the links"
    visit.sends("button[value=confirm]")
    assert visit.page.locator("main a[href^='/mine/']").count() == 1
    yield "mine, links"


def letter_pages(visit: Visit) -> Iterator[str]:
    """Yield the list of letters and one letter, composed now, and the mailbox."""
    services = visit.site.installation.services
    letter = compose_letter(
        ComposeLetter(REF, "L1", "test", services.clock.now()),
        services.log,
        visit.site.url,
        services.tallies.before_letter,
    )
    path = f"/{{lang}}/c/{REF}/letters"
    wait_for(lambda: visit.page.goto(f"{visit.site.url}/{visit.lang}/c/{REF}/letters/{letter}").ok, "the letter")  # type: ignore[union-attr]
    assert visit.page.locator("a[href$='.pdf']").count() == 1
    yield "letter"
    visit.opens(path)
    yield "letters"
    visit.opens("/mailbox?lang={lang}")
    yield "mailbox"
    visit.page.locator("main .links a").first.click()
    yield "message"


def error_pages(visit: Visit) -> Iterator[str]:
    """Yield the pages of errors that one site can show."""
    for path in ("/{lang}/c/nothing-here", "/mine/unknown?lang={lang}", "/confirm/unknown?lang={lang}"):
        visit.opens(path, 404)
        yield "404"
    visit.opens(f"/{{lang}}/c/{ENDED}/sign", 410)
    yield "410"
    visit.opens(f"/log/documents/{removed_document(visit.site.installation)}?lang={{lang}}", 410)
    yield "410 with a reason"
    visit.opens(f"/{{lang}}/c/{REF}/sign")
    visit.page.locator("#full_name").evaluate(f"field => field.value = 'x'.repeat({OVER_LIMIT})")
    visit.sends(SUBMIT, 413)
    yield "413"


def outage_pages(visit: Visit) -> Iterator[str]:
    """Yield what a site shows that cannot store: the form with what was typed, and the page without a form."""
    visit.opens(f"/{{lang}}/c/{REF}/sign")
    visit.page.fill("#full_name", "Made-up Visitor")
    visit.page.fill("#email", "outage@example.org")
    visit.page.check("#consent")
    visit.sends(SUBMIT, 503)
    assert visit.page.input_value("#full_name") == "Made-up Visitor"
    yield "503 with the form"
    visit.opens("/confirm/unknown?lang={lang}", 503)
    yield "503"


ROUNDS = [public_pages, form_pages, link_pages, own_pages, letter_pages, error_pages]


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("states", ROUNDS)
def test_no_page_state_has_a_barrier(
    page: Page, site: Site, states: Callable[[Visit], Iterator[str]], lang: str
) -> None:
    assert found_in(Visit(page, site, lang), states) == []


@pytest.mark.parametrize("lang", LANGUAGES)
def test_no_page_of_an_outage_has_a_barrier(page: Page, broken_site: Site, lang: str) -> None:
    assert found_in(Visit(page, broken_site, lang), outage_pages) == []


def test_a_page_with_barriers_is_reported(page: Page, site: Site) -> None:
    page.goto(f"{site.url}/en/c/{REF}/sign")
    page.locator("label[for=email]").evaluate("label => label.remove()")
    page.locator("main .lead").evaluate("words => words.style.color = '#ddd'")
    page.locator("main h1").evaluate("heading => heading.style.inlineSize = '2000px'")
    page.set_viewport_size({"width": 1280, "height": 800})
    found = barriers(page)
    rules = {each[2][0] for each in found if len(each) == 3}
    assert {"label", "color-contrast"} <= rules
    assert {each[0] for each in found if each[1] == "scrolls sideways"} == {360, 1280}


def found_in(visit: Visit, states: Callable[[Visit], Iterator[str]]) -> list[object]:
    """Return every barrier of every state with its name, and where a page is not in the visit's language."""
    found: list[object] = []
    for name in states(visit):
        found += [(name, *each) for each in barriers(visit.page)]
        shown = visit.page.locator("html").get_attribute("lang")
        found += [(name, "language", shown)] if shown != visit.lang else []
    return found


def end_another_appeal(installation: Installation, folder: Path) -> None:
    """Open and close a copy of the example under another name."""
    shutil.copytree(EXAMPLE, folder)
    appeal = folder / "appeal.toml"
    appeal.write_text(appeal.read_text(encoding="utf-8").replace(f'ref = "{REF}"', f'ref = "{ENDED}"'), "utf-8")
    services = installation.services
    now = services.clock.now()
    with services.database.write() as connection:
        import_appeal(connection, read_appeal_folder(folder))
    open_campaign(OpenCampaign(ENDED, "test", now, demonstration=True), services.log, services.keys)
    close_campaign(CloseCampaign(ENDED, "outcome", "test", now), services.log)


def removed_document(installation: Installation) -> str:
    """Return the hash of a document that was taken down."""
    with installation.services.database.write() as connection:
        found = put(connection, b"taken down", "text/plain", public=True)
        row = sa.update(document).where(document.c.hash == found)
        connection.execute(row.values(content=None, removed="court-order"))
    return found
