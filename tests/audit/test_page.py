"""The audit's page says what was found to everybody: no script, nothing from elsewhere, no barrier."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from service.audit.__main__ import main
from tests.audit.builder import AT_RISK, ORIGIN, vkey
from tests.audit.folder import signed_checkpoint, write_log
from tests.audit.lies import C, L, approves, hands_over, invalidates, log_with_campaign
from tests.audit.witnesses import cosigned, seconds, witness

AXE = (Path(__file__).parent.parent / "assets" / "axe.min.js").read_text(encoding="utf-8")
RUN_AXE = """async () => (await axe.run(document, {runOnly: {type: "tag", values:
    ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}})).violations.map(found => found.id)"""
TOO_WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
VOID = {"meta", "link", "br", "img", "path", "polygon", "polyline"}


class Tags(HTMLParser):
    """Collects what a page is made of, and that each element is closed."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)
        self.attributes += attrs
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag


def written(folder: Path, *options: str, hostile: bool = False) -> tuple[int, str]:
    """Write the page of a log with two campaigns, letters, a wrong count, and return exit code and page."""
    log = log_with_campaign(signers=40)
    log.campaign("c_AtRisk0001", AT_RISK)
    for day in range(6, 12):
        log.day = f"2026-01-{day:02}"
        for number in range(100 * day, 100 * day + 3 * day):
            log.signs(C, number)
    invalidates(log, 3)
    log.letter(L, C, 39 + 3 * sum(range(6, 12)))
    approves(log)
    hands_over(log)
    log.letter("l_Wrong00001", C, 1_005)
    if hostile:
        log.add("campaign.closed", campaign=C, reason="<script>alert(1)</script>\u202e")
    lines = log.lines()
    copy = write_log(folder / "log", lines)
    (copy / "checkpoint").write_bytes(cosigned(signed_checkpoint(lines), seconds("2026-01-12T12:00:00"), 1))
    (folder / "my keys").write_text(f"log {vkey(ORIGIN, 1)}\nwitness w {witness(1)}\nquorum w\n")
    code = main(["report", str(copy), "--out", str(folder / "audit.html"), "--quiet", *options])
    return code, (folder / "audit.html").read_text(encoding="utf-8")


def test_it_says_figures_checks_letters_and_how_to_repeat_it(tmp_path: Path) -> None:
    code, page = written(tmp_path, "--policy", str(tmp_path / "my keys"))
    plain = unescape(re.sub(r"\s+", " ", re.sub(r"<style>.*?</style>|<[^>]+>", "", page, flags=re.S)))
    assert code == 1
    for said in (
        "1 error found", "Appeal c_Ordinary01, open", "192", "signatures stand for the current text",
        "Growth from 40 on 2026-01-05 to 192 on 2026-01-11",
        "2026-01-08103+24", "To some-court, open letter to a court",
        "It says that 1,005 people stood for", "WRONG: 1 error",
        "It says that 192 people", "right: the log says the same",
        "before 2026-01-12T12:00:00Z, says witness.example/1", f"log {vkey(ORIGIN, 1)}", "quorum w",
        "python -m service.audit verify log --policy keys.txt", f"{ORIGIN} 203 ",
        "found1005", "expected192",
        "The checkpoint is signed by the log's keyright, 1 checkpoint", "not checked: none was given",
        "Letters: each count equals the recount, and steps come in order (7.6)1 ERROR, 4 entries",
    ):  # fmt: skip
        assert said in plain, said


def test_it_fetches_and_runs_nothing_and_every_element_is_closed(tmp_path: Path) -> None:
    _, page = written(tmp_path)
    tags = Tags()
    tags.feed(page)
    assert tags.open == []
    assert not {"script", "link", "img", "iframe", "object", "form", "a"} & set(tags.seen)
    assert not [name for name, _ in tags.attributes if name.startswith("on") or name in {"src", "href", "style"}]
    assert "url(" not in page
    assert "@import" not in page
    assert "default-src 'none'" in page


def test_it_does_not_say_where_on_this_machine_the_copy_lies(tmp_path: Path) -> None:
    _, page = written(tmp_path, "--policy", str(tmp_path / "my keys"), "--known", str(tmp_path / "log" / "checkpoint"))
    assert str(tmp_path) not in page
    assert "<code>log</code>" in page


def test_keys_of_the_source_itself_are_said_to_be_that(tmp_path: Path) -> None:
    _, page = written(tmp_path)
    assert "Save the keys" not in page
    assert "pin the log&#x27;s key" in page


def test_what_a_hostile_entry_says_is_shown_and_never_run(tmp_path: Path) -> None:
    _, page = written(tmp_path, "--policy", str(tmp_path / "my keys"), hostile=True)
    assert "<script" not in page
    assert "\u202e" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page


def test_a_page_that_cannot_be_written_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    written(tmp_path)
    assert main(["report", str(tmp_path / "log"), "--out", str(tmp_path / "none" / "audit.html"), "--quiet"]) == 2
    assert "Choose another --out" in capsys.readouterr().err


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Start the system's Chromium."""
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """Return a browser's page in which axe may run in spite of the page's policy."""
    context = browser.new_context(bypass_csp=True)
    yield context.new_page()
    context.close()


@pytest.mark.browser
def test_it_has_no_barrier_and_does_not_scroll_sideways(page: Page, tmp_path: Path) -> None:
    written(tmp_path, "--policy", str(tmp_path / "my keys"))
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto((tmp_path / "audit.html").as_uri())
    page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true })")
    page.evaluate(AXE)
    for width in (320, 360, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate(TOO_WIDE) <= 0
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            found: list[Any] = page.evaluate(RUN_AXE)
            assert found == [], (width, scheme)
    assert len(asked) == 1
