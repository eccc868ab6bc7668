"""A supporter with a real browser without script, by keyboard alone, against the real server and its real mail."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.installation import REF
from tests.journeys.browser import FOCUS, LANGUAGES, Site, chromium, link_in, live_site, press_until, wait_for
from tests.outbox.conftest import Mailbox, MailServer

pytestmark = pytest.mark.browser

SUBMIT = "main form button.button[type=submit]"
FIELDS = ["full_name", "email", "country", "disclosure", "consent", "news", ""]  # the button has no name


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Start the system's Chromium."""
    with chromium() as started:
        yield started


@pytest.fixture(scope="module")
def mailbox() -> Iterator[MailServer]:
    """Start the mail server that the site sends to."""
    started = MailServer(Mailbox(), enable_SMTPUTF8=True)
    started.start()
    yield started
    started.stop()


@pytest.fixture(scope="module")
def site(mailbox: MailServer, sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Return a live site that sends its mail by SMTP."""
    address = f"smtp://127.0.0.1:{mailbox.bound_port}"
    with live_site(sqlite_template, tmp_path_factory.mktemp("site"), SMTP_URL=address) as running:
        yield running


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """Return a telephone's page in a browser without script."""
    context = browser.new_context(viewport={"width": 360, "height": 800}, java_script_enabled=False)
    yield context.new_page()
    context.close()


@pytest.mark.parametrize("lang", LANGUAGES)
def test_somebody_signs_after_an_error_confirms_and_withdraws(
    page: Page, site: Site, mailbox: MailServer, lang: str
) -> None:
    email = f"journey-{lang}@example.org"
    open_form(page, site, lang)
    send_with_errors_then_complete(page, email)
    page.goto(link_in(mail_to(mailbox, email)))
    assert page.locator("html").get_attribute("lang") == lang
    assert page.locator("html").get_attribute("dir") == ("rtl" if lang == "ug" else "ltr")
    expect(page.locator("main bdi")).to_have_text("Made-up Traveller")
    appeal = page.context.new_page()  # another window
    appeal.goto(f"{site.url}/{lang}/c/{REF}")
    before = shown_count(appeal)
    press_until(page, 'button[value="confirm"]')
    page.keyboard.press("Enter")
    page.wait_for_url("**/mine/**")
    expect(page.locator("main dd", has_text=email)).to_be_visible()
    wait_for(lambda: shown_count(appeal) == before + 1, "the count to rise")
    withdraw(page)
    expect(page.locator(".note.good[role=status]")).to_be_visible()
    wait_for(lambda: shown_count(appeal) == before, "the count to fall")


def test_tab_visits_the_fields_in_order_and_the_focus_is_always_seen(page: Page, site: Site) -> None:
    page.goto(f"{site.url}/en/c/{REF}/sign")
    press_until(page, "#full_name")
    visited = [page.evaluate(FOCUS)]
    while len(visited) < len(FIELDS):
        page.keyboard.press("Tab")
        visited.append(page.evaluate(FOCUS))
    assert [each["name"] for each in visited] == FIELDS
    assert all(each["seen"] for each in visited)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_who_gets_somebody_elses_mail_erases_it_with_one_press(
    page: Page, site: Site, mailbox: MailServer, lang: str
) -> None:
    email = f"stranger-{lang}@example.org"
    open_form(page, site, lang)
    send_with_errors_then_complete(page, email)
    link = link_in(mail_to(mailbox, email))
    page.goto(link)
    press_until(page, 'button[value="not_me"]')
    page.keyboard.press("Enter")
    expect(page.locator('button[value="not_me"]')).to_have_count(0)
    answer = page.goto(link)
    assert answer is not None
    assert answer.status == 404


def open_form(page: Page, site: Site, lang: str) -> None:
    """Go from the list to the appeal and on to its form."""
    page.goto(f"{site.url}/{lang}/")
    press_until(page, f'main a[href="/{lang}/c/{REF}"]')
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/c/{REF}")
    press_until(page, f'main a[href="/{lang}/c/{REF}/sign"]')
    page.keyboard.press("Enter")
    page.wait_for_url("**/sign")


def send_with_errors_then_complete(page: Page, email: str) -> None:
    """Send the form without name and consent, follow the summary to both fields, and send it again."""
    press_until(page, "#email")
    page.keyboard.type(email)
    press_until(page, SUBMIT)
    page.keyboard.press("Enter")
    expect(page.locator("#errors")).to_be_focused()
    assert page.title().startswith(page.locator(".message").first.inner_text().partition(" ")[0])
    links = [link.get_attribute("href") for link in page.locator("#errors a").all()]
    assert links == ["#full_name", "#consent"]
    expect(page.locator("#email")).to_have_value(email)
    follow_error(page, "#full_name")
    page.keyboard.type("Made-up Traveller")
    page.locator("#errors").focus()
    follow_error(page, "#consent")
    page.keyboard.press("Space")
    press_until(page, SUBMIT)
    page.keyboard.press("Enter")
    page.wait_for_url("**/sent")


def follow_error(page: Page, field: str) -> None:
    """Follow a link of the error summary to its field, which has the focus then and its error before it."""
    press_until(page, f'#errors a[href="{field}"]')
    page.keyboard.press("Enter")
    expect(page.locator(field)).to_be_focused()
    described = page.locator(field).get_attribute("aria-describedby") or ""
    assert f"{field[1:]}-error" in described.split()


def withdraw(page: Page) -> None:
    """Choose "withdraw only" on one's own page and press the button."""
    press_until(page, 'input[name="action"]')
    page.keyboard.press("ArrowDown")
    expect(page.locator('input[value="withdraw"]')).to_be_checked()
    press_until(page, 'form:has(input[value="withdraw"]) button')
    page.keyboard.press("Enter")
    page.wait_for_url("**notice=withdrawn*")


def shown_count(appeal: Page) -> int:
    """Return the count that an appeal's page shows now: loaded again, as browsers keep it for some seconds."""
    appeal.reload()
    return int(appeal.locator("main data.count").first.get_attribute("value") or "")


def mail_to(mailbox: MailServer, email: str) -> str:
    """Return the text of the first mail that the mail server took for an address."""
    found = wait_for(lambda: [mail for to, mail in mailbox.mailbox.taken if to == email], f"the mail to {email}")
    return str(found[0].get_content())
