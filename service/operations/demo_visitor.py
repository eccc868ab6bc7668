"""A simulated visitor: reads pages, fills in their forms and sends them, as a browser without script would."""

from __future__ import annotations

import http.client
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urlencode, urljoin, urlsplit

from service.errors import PetitionError

TIMEOUT_S = 30
REDIRECTS_MAX = 5


class DemonstrationFailed(PetitionError):
    """A step's result is not what it must be."""

    code = "demonstration-failed"


@dataclass
class Form:
    """A form as it stands on a page: where it goes, and what it would send untouched."""

    action: str
    method: str
    values: dict[str, str] = field(default_factory=dict)
    names: set[str] = field(default_factory=set)

    def filled(self, **wanted: str) -> list[tuple[str, str]]:
        """Return what is sent once these fields are filled in; fields that the form does not have are left out."""
        return list((self.values | {name: value for name, value in wanted.items() if name in self.names}).items())


@dataclass(frozen=True)
class Page:
    """An answer: its status, its address after redirects, and its text."""

    status: int
    url: str
    body: str

    def form(self, *, with_field: str | None = None) -> Form:
        """Return the first form that is sent by POST, or the first such that has a field.

        :raises DemonstrationFailed: if there is none.
        """
        reader = _FormReader()
        reader.feed(self.body)
        for form in reader.forms:
            if form.method == "post" and (with_field is None or with_field in form.names):
                return form
        raise DemonstrationFailed(f"{_path(self.url)} has no form with a field {with_field!r} (status {self.status})")


class Visitor:
    """Opens addresses of one server; keeps no cookie and sends no referrer."""

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url

    def get(self, url: str) -> Page:
        """Open an address and follow where it leads."""
        return self._open("GET", urljoin(self.base_url, url), None)

    def send(self, page: Page, form: Form, values: list[tuple[str, str]]) -> Page:
        """Send a page's form and follow where it leads."""
        return self._open("POST", urljoin(page.url, form.action), urlencode(values))

    def _open(self, method: str, url: str, body: str | None) -> Page:
        for _ in range(REDIRECTS_MAX):
            status, location, text = self._ask(method, url, body)
            if status not in (301, 302, 303):
                return Page(status, url, text)
            method, url, body = "GET", urljoin(url, location), None
        raise DemonstrationFailed(f"{_path(url)} leads round in circles")

    def _ask(self, method: str, url: str, body: str | None) -> tuple[int, str, str]:
        parts = urlsplit(url)
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=TIMEOUT_S)
        headers = {"Content-Type": "application/x-www-form-urlencoded"} if body is not None else {}
        try:
            connection.request(method, f"{parts.path}{'?' if parts.query else ''}{parts.query}", body, headers)
            answer = connection.getresponse()
            return answer.status, answer.getheader("Location", ""), answer.read().decode("utf-8", "replace")
        finally:
            connection.close()


class _FormReader(HTMLParser):
    """Collects the forms of a page with their fields and first values."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self._form: Form | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._form = Form(given.get("action", ""), given.get("method", "get").lower())
            self.forms.append(self._form)
        elif self._form is not None and given.get("name"):
            self._note_field(self._form, tag, given)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None

    def _note_field(self, form: Form, tag: str, given: dict[str, str]) -> None:
        form.names.add(given["name"])
        kind = given.get("type", "text") if tag == "input" else tag
        is_choice = kind in ("checkbox", "radio")
        if kind in ("textarea", "select") or (tag == "input" and not is_choice) or (is_choice and "checked" in given):
            form.values[given["name"]] = given.get("value", "")


def _path(url: str) -> str:
    """Return an address without what may be secret in it."""
    return "/".join(urlsplit(url).path.split("/")[:2]) or "/"
