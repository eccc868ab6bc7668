"""A supporter with a real browser, without JavaScript, against the real server: in English, Turkish and Uyghur."""

from __future__ import annotations

import json
import threading
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from service.clock import FixedClock, SystemClock
from service.letters.commands import ComposeLetter
from service.letters.handlers import compose_letter
from service.store.database import Database
from tests.faults.server import Crowd, Server
from tests.installation import REF, Installation, environ_for, install

pytestmark = pytest.mark.browser

AXE = (Path(__file__).parent.parent / "assets" / "axe.min.js").read_text(encoding="utf-8")
RUN_AXE = """async () => (await axe.run(document, {runOnly: {type: "tag", values:
    ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}})).violations
    .map(found => [found.id, ...found.nodes.map(node => node.html.slice(0, 120))])"""
TOO_WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
LOOKS = [(360, "light"), (360, "dark"), (1280, "light"), (1280, "dark")]
LANGUAGES = ("en", "tr", "ug")
OPTIONS = ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--no-first-run"]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Start the system's Chromium."""
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=OPTIONS)
        yield started
        started.close()


@pytest.fixture
def installation(sqlite_database: Database, tmp_path: Path) -> Iterator[Installation]:
    """Return an installation by the machine's own clock, as its processes have it."""
    found = install(sqlite_database, tmp_path, FixedClock(SystemClock().now()))
    yield found
    found.services.database.dispose()


@pytest.fixture
def server(installation: Installation, sqlite_database: Database, tmp_path: Path) -> Iterator[Server]:
    """Return its web server and worker, running."""
    found = Server(environ_for(sqlite_database, tmp_path), tmp_path)
    found.start()
    yield found
    found.processes.stop()


def count(server: Server) -> int:
    with urllib.request.urlopen(f"{server.address.base_url}/c/{REF}/count.json") as answer:
        return int(json.load(answer)["active"])


def wait_for(found: Callable[[], Any], what: str) -> Any:
    """Return what is found within a minute."""
    pause = threading.Event()
    for _ in range(1200):
        if answer := found():
            return answer
        pause.wait(0.05)
    raise AssertionError(f"waited a minute for {what}")


def open_page(browser: Browser, width: int, scheme: Any, *, script: bool) -> Page:
    context = browser.new_context(
        viewport={"width": width, "height": 800}, color_scheme=scheme, java_script_enabled=script, bypass_csp=script
    )
    return context.new_page()


def press_until(page: Page, selector: str) -> None:
    """Press Tab until an element has the focus, as somebody without a mouse does; it must be seen to have it."""
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.locator(f"{selector}:focus").count():
            assert page.locator(f"{selector}:focus-visible").count(), f"{selector} hides that it has the focus"
            return
    raise AssertionError(f"{selector} cannot be reached by keyboard")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_sign_confirm_and_withdraw_by_keyboard_alone(
    browser: Browser, server: Server, installation: Installation, lang: str
) -> None:
    page = open_page(browser, 360, "light", script=False)
    email = f"journey-{lang}@example.org"
    page.goto(f"{server.address.base_url}/{lang}/")
    page.locator(f'a[href="/{lang}/c/{REF}"]').first.click()
    page.locator(f'a[href="/{lang}/c/{REF}/sign"]').first.click()
    press_until(page, "#full_name")
    page.keyboard.type("Made-up Traveller")
    press_until(page, "main form button[type=submit]:not(.trap)")
    page.keyboard.press("Enter")
    expect(page.locator(".summary")).to_be_focused()
    assert page.locator('.summary a[href="#email"]').count() == 1
    assert page.locator('.summary a[href="#consent"]').count() == 1
    expect(page.locator("#full_name")).to_have_value("Made-up Traveller")
    press_until(page, "#email")
    page.keyboard.type(email)
    press_until(page, "#consent")
    page.keyboard.press("Space")
    press_until(page, "main form button[type=submit]:not(.trap)")
    page.keyboard.press("Enter")
    page.wait_for_url("**/sent")
    links = Crowd(server, installation.mail_folder)
    link = wait_for(lambda: links.links().get(email), "the mail")
    page.goto(f"{server.address.base_url}{link}?lang={lang}")
    before = count(server)
    press_until(page, 'button[value="confirm"]')
    page.keyboard.press("Enter")
    page.wait_for_url("**/mine/**")
    wait_for(lambda: count(server) == before + 1, "the count to rise")
    page.reload()
    assert page.locator("html").get_attribute("lang") == lang
    assert page.locator("html").get_attribute("dir") == ("rtl" if lang == "ug" else "ltr")
    page.locator('input[value="withdraw"]').check()
    page.locator('form:has(input[value="withdraw"]) button[type=submit]').click()
    page.wait_for_url("**/mine/**")
    wait_for(lambda: count(server) == before, "the count to fall")
    page.context.close()


def test_no_page_of_the_live_service_has_a_barrier(
    browser: Browser, server: Server, installation: Installation
) -> None:
    paths = [*live_paths(server, installation)]
    found = []
    for width, scheme in LOOKS:
        page = open_page(browser, width, scheme, script=True)
        for lang in LANGUAGES:
            for path in paths:
                address = path.format(lang=lang)
                page.goto(server.address.base_url + address)
                page.evaluate(AXE)
                found += [(address, width, scheme, each) for each in page.evaluate(RUN_AXE)]
                found += [(address, width, "too wide")] if page.evaluate(TOO_WIDE) > 0 else []
        page.context.close()
    assert found == []


def live_paths(server: Server, installation: Installation) -> Iterator[str]:
    """Yield the address of every page state that a GET shows, with {lang} where the language stands."""
    emails = ("axe-waits@example.org", "axe-mine@example.org")
    crowd = Crowd(server, installation.mail_folder)
    for email in emails:
        crowd.sign(email)
    assert crowd.signed == list(emails)
    waits, used = (wait_for(lambda e=e: crowd.links().get(e), "the mail") for e in emails)
    mine = installation.client().post(used, data={"action": "confirm"}).headers["Location"].partition("?")[0]
    wait_for(lambda: count(server) == 1, "the count")
    services = installation.services
    letter = compose_letter(ComposeLetter(REF, "L1", "test", services.clock.now()), services.log, "http://localhost")
    services.runner.catch_up()
    text = installation.form()["text"]
    for path in ("", f"c/{REF}", f"c/{REF}/sign", f"c/{REF}/sent", f"c/{REF}/letters", f"c/{REF}/text/{text}"):
        yield "/{lang}/" + path
    yield "/{lang}/" + f"c/{REF}/letters/{letter}"
    yield "/{lang}/c/nothing-here"
    for path in (waits, used, mine, "/confirm", "/mine", "/privacy", "/how-it-works", "/imprint", "/accessibility"):
        yield path + "?lang={lang}"
    yield "/mailbox?lang={lang}"
    yield "/mine/unknown?lang={lang}"


def test_a_page_with_barriers_is_reported(browser: Browser) -> None:
    page = open_page(browser, 1280, "light", script=True)
    page.set_content(
        '<html lang="en"><title>x</title><main><h1>x</h1><input><p style="color:#ccc;background:#fff">pale</p></main>'
    )
    page.evaluate(AXE)
    found = {rule for rule, *_ in page.evaluate(RUN_AXE)}
    assert {"label", "color-contrast"} <= found
    page.context.close()
