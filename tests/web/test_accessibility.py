"""A real browser and axe look at every page state: all languages, two widths, light and dark."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Browser, Page, Route, sync_playwright

from tests.web.states import STATES

pytestmark = pytest.mark.browser

AXE = (Path(__file__).parent.parent / "assets" / "axe.min.js").read_text(encoding="utf-8")
RUN_AXE = """async chosen => (await axe.run(document, {resultTypes: ["violations"], runOnly: chosen})).violations
    .map(found => [found.id, ...found.nodes.map(node => node.html.slice(0, 120))])"""
ALL_RULES = {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
COLOURS = {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}
TOO_WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
TARGETS = """button:not(.trap), .button, select, input[type=text], input[type=email], .check, nav a, .brand, .links a,
    .summary a, summary"""
TOO_SMALL = """selector => [...document.querySelectorAll(selector)]
    .filter(found => found.checkVisibility() && !found.closest("[aria-hidden=true]"))
    .filter(found => { const box = found.getBoundingClientRect(); return box.height < 43.9 || box.width < 43.9; })
    .map(found => found.outerHTML.slice(0, 120))"""
CUT_OFF = """[...document.querySelectorAll("svg text")].filter(text => {
    const box = text.getBoundingClientRect(), drawing = text.ownerSVGElement.getBoundingClientRect();
    return box.left < drawing.left - .5 || box.right > drawing.right + .5; }).map(text => text.textContent)"""
STYLES = Path(__file__).parents[2] / "service" / "static"
ORIGIN = "http://pages.example.test"
LANGUAGES = ("en", "tr", "ug")
# Arabic shares direction and line height with Uyghur: only the pages of a supporter's way and of a letter again.
IN_ARABIC = ("index", "appeal", "sign-errors", "confirm", "mine", "letter", "verify", "error-busy")
SHOWN = [*((state, language) for state in STATES for language in LANGUAGES), *((state, "ar") for state in IN_ARABIC)]
WIDTHS = (360, 1280)
ZOOMED = 320  # CSS pixels: 1,280 at 400 %, WCAG 1.4.10
CONTROL = """<!doctype html><html lang="en"><title>Control</title><main><h1>Control</h1>
    <p style="color:#bbb;background:#fff">pale words</p><input type="text"></main></html>"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Start the system's Chromium."""
    with sync_playwright() as playwright:
        options = ["--no-sandbox", "--disable-background-networking"]
        started = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=options)
        yield started
        started.close()


@pytest.fixture(scope="module")
def page(browser: Browser, demonstration: Flask) -> Iterator[Page]:
    """Return a browser's page that gets everything from the samples; axe may run in spite of the page's policy."""
    client = demonstration.test_client()
    context = browser.new_context(bypass_csp=True)
    opened = context.new_page()
    opened.route("**/*", lambda route: answer(route, client))
    yield opened
    context.close()


def answer(route: Route, client: FlaskClient) -> None:
    """Answer a browser's request from the app, and anything to elsewhere with a failure."""
    address = route.request.url
    if not address.startswith(ORIGIN):
        route.abort()
        return
    found = client.get(address.removeprefix(ORIGIN))
    route.fulfill(status=found.status_code, headers=dict(found.headers), body=found.data)


def findings(page: Page, chosen: dict[str, Any] = ALL_RULES) -> list[Any]:
    """Return what axe reports on the page as it stands."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE)
    found: list[Any] = page.evaluate(RUN_AXE, chosen)
    return found


@pytest.mark.parametrize(("state", "language"), SHOWN)
def test_a_page_state_has_no_barrier_and_does_not_scroll_sideways(page: Page, state: str, language: str) -> None:
    page.goto(f"{ORIGIN}/{language}/sample/{state}")
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate(TOO_WIDE) <= 0
        assert page.evaluate(TOO_SMALL, TARGETS) == []
        assert page.evaluate(CUT_OFF) == []
        page.emulate_media(color_scheme="light")
        assert findings(page) == [], (width, "light")
        page.emulate_media(color_scheme="dark")
        assert findings(page, COLOURS) == [], (width, "dark")
    page.set_viewport_size({"width": ZOOMED, "height": 256})
    assert page.evaluate(TOO_WIDE) <= 0


def test_the_check_reports_a_page_with_barriers(page: Page) -> None:
    page.set_content(CONTROL)
    assert {found[0] for found in findings(page)} >= {"label", "color-contrast"}
    assert {found[0] for found in findings(page, COLOURS)} == {"color-contrast"}


def test_darkness_changes_colours_alone() -> None:
    style = "".join(path.read_text(encoding="utf-8") for path in sorted(STYLES.glob("*.css")))
    _, dark, *more = re.split(r"@media[^{]*prefers-color-scheme[^{]*\{[^{]*\{", style)
    assert not more  # so the rules of colour are all that has to be asked again in the dark
    assert all(re.fullmatch(r"\s*--[a-z-]+: #[0-9a-f]{6}", part) for part in dark.split("}")[0].split(";")[:-1]), dark


def test_the_check_reports_a_page_that_scrolls_sideways_and_small_targets(page: Page) -> None:
    page.set_content('<!doctype html><html dir="rtl"><p style="inline-size:300vw">wide<button style="block-size:1px">')
    assert page.evaluate(TOO_WIDE) > 0
    assert len(page.evaluate(TOO_SMALL, TARGETS)) == 1


def test_the_keyboard_reaches_content_first_and_focus_is_seen(page: Page) -> None:
    page.goto(f"{ORIGIN}/ug/sample/sign")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    assert page.evaluate("document.activeElement.getBoundingClientRect().top") >= 0
    page.keyboard.press("Tab")
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"


def test_the_keyboard_walks_the_form_in_order_and_never_into_the_trap(page: Page) -> None:
    page.goto(f"{ORIGIN}/en/sample/sign-did-you-mean")
    page.focus("#full_name")
    names: list[str] = []
    while len(names) < 12 and (not names or names[-1] != ""):
        names.append(page.evaluate("document.activeElement.name || ''"))
        page.keyboard.press("Tab")
    ticks = ["email_checked", "email_checked", "country", "disclosure", "consent", "news"]
    assert names[:-1] == ["full_name", "email", *ticks]


def test_an_error_page_starts_at_the_summary(page: Page) -> None:
    page.goto(f"{ORIGIN}/en/sample/sign-errors")
    # HTML 6.6.7: the browser moves the focus at the next rendering, not before the page has loaded.
    page.wait_for_function("document.activeElement.id === 'errors'")
    page.click("a[href='#email']")
    page.wait_for_function("document.activeElement.id === 'email'")


def test_borders_stay_with_forced_colours(page: Page) -> None:
    page.emulate_media(forced_colors="active")
    page.goto(f"{ORIGIN}/en/sample/sign-errors")
    for selector in ("#email", "button.button", ".summary"):
        style = page.evaluate("found => getComputedStyle(document.querySelector(found)).borderTopStyle", selector)
        assert style == "solid"
    page.emulate_media(forced_colors="none")


def test_print_leaves_out_what_cannot_be_used_on_paper_and_writes_addresses_out(page: Page) -> None:
    page.emulate_media(media="print")
    page.goto(f"{ORIGIN}/en/sample/appeal")
    assert not page.is_visible("nav.languages, .site nav")
    assert page.is_visible(".text")
    assert page.is_visible(".url")
    assert page.inner_text(".url").endswith("/en/sample/appeal")
    written = "where => getComputedStyle(document.querySelector(where), '::after').content"
    relative = page.evaluate(written, "main .text ~ p a[href^='/']")
    assert "/c/" in relative
    page.emulate_media(media="screen")
    assert not page.is_visible(".url")
    assert page.evaluate(written, "main .text ~ p a[href^='/']") == "none"
    page.goto(f"{ORIGIN}/en/sample/mine-links")
    page.emulate_media(media="print")
    assert page.evaluate(written, "main a[href^='/mine/']") == "none"  # whoever finds the paper would have the link
    page.emulate_media(media="screen")
