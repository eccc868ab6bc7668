"""What the browser tests share: the system's Chromium, a live site with its mail, what a keyboard can do, and axe."""

from __future__ import annotations

import json
import re
import shutil
import threading
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from service.clock import FixedClock, SystemClock
from service.store.database import open_database
from tests.faults.server import Server
from tests.installation import REF, Installation, environ_for, install

LANGUAGES = ("en", "tr", "ug")
LOOKS = [(360, "light"), (360, "dark"), (1280, "dark"), (1280, "light")]  # CSS pixels wide, colours
MISSING = "Chromium is not installed. `./petition test` installs it as root; otherwise: apt-get install chromium"
OPTIONS = [
    "--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run",
]  # fmt: skip
AXE = (Path(__file__).parent.parent / "assets" / "axe.min.js").read_text(encoding="utf-8")
RUN_AXE = """async () => (await axe.run(document, {resultTypes: ["violations"], runOnly: {type: "tag", values:
    ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}})).violations
    .map(found => [found.id, ...found.nodes.map(node => node.html.slice(0, 120))])"""
TOO_WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
FOCUS = """() => { const found = document.activeElement, style = getComputedStyle(found);
    return {name: found.name || "", seen: found.matches(":focus-visible") && style.outlineStyle == "solid"
        && parseFloat(style.outlineWidth) >= 3}; }"""


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start the system's Chromium. A missing one fails the tests that need it: none is passed over."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        raise RuntimeError(MISSING)
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=OPTIONS)
        yield started
        started.close()


@dataclass
class Site:
    """A live installation with the example appeal open."""

    installation: Installation
    server: Server

    @property
    def url(self) -> str:
        """Return the address that all paths are appended to."""
        return self.server.address.base_url

    def count(self) -> int:
        """Return how many signatures the public count has."""
        with urllib.request.urlopen(f"{self.url}/c/{REF}/count.json") as answer:
            return int(json.load(answer)["active"])

    def mail_to(self, email: str, mails: int = 1) -> str:
        """Return the text of the newest mail to an address once there are this many of them."""
        found = wait_for(lambda: len(texts := self._mails_to(email)) >= mails and texts, f"{mails} mails to {email}")
        return str(found[-1])

    def _mails_to(self, email: str) -> list[str]:
        newest_last = sorted(self.installation.mail_folder.glob("*.eml"), key=lambda path: path.stat().st_mtime_ns)
        parsed = [message_from_bytes(path.read_bytes(), policy=policy.default) for path in newest_last]
        return [str(mail.get_content()) for mail in parsed if mail["To"] == email]


@contextmanager
def live_site(template: Path, folder: Path, **changed: str) -> Iterator[Site]:
    """Run web and worker of a new installation on a copy of a prepared SQLite database, by the machine's own clock."""
    path = folder / "undersigned.db"
    shutil.copy(template, path)
    database = open_database(f"sqlite:///{path}")
    server = Server({}, folder)
    environ = environ_for(database, folder) | {"BASE_URL": server.address.base_url} | changed
    server.processes.environ.update(environ)
    installation = install(database, folder, FixedClock(SystemClock().now()), **environ)
    with server.processes:
        server.start()
        yield Site(installation, server)
    installation.services.database.dispose()
    database.dispose()


def wait_for(found: Callable[[], Any], what: str) -> Any:
    """Return what is found within a minute."""
    pause = threading.Event()
    for _ in range(1200):
        if answer := found():
            return answer
        pause.wait(0.05)
    raise AssertionError(f"waited a minute for {what}")


def link_in(text: str) -> str:
    """Return the link of a mail, in the language that it carries."""
    return re.findall(r"http://\S+/confirm/\S+", text)[0]


def press_until(page: Page, selector: str) -> None:
    """Press Tab until an element has the focus, as somebody without a mouse does; it must be seen to have it."""
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.locator(f"{selector}:focus").count():
            assert page.evaluate(FOCUS)["seen"], f"{selector} hides that it has the focus"
            return
    raise AssertionError(f"{selector} cannot be reached by keyboard")


def barriers(page: Page) -> list[Any]:
    """Return what axe reports on a page as it stands, and whether it scrolls sideways, for each look."""
    page.evaluate(AXE)
    found: list[Any] = []
    for width, scheme in LOOKS:
        page.set_viewport_size({"width": width, "height": 800})
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        found += [(width, scheme, rule) for rule in page.evaluate(RUN_AXE)]
        found += [(width, "scrolls sideways")] if page.evaluate(TOO_WIDE) > 0 else []
    return found
