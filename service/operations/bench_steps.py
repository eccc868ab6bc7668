"""What a measured step is: the requests of one person, every answer checked by status and body."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from service.operations.bench_load import Answer, Arrivals, Outcome, Step, request
from service.operations.processes import Address

END_OF_PAGE = b"</html>"


@dataclass(frozen=True)
class Route:
    """Where steps go, and through the product or one of its ceilings."""

    address: Address
    variant: str

    def get(self, path: str, *lines: str) -> bytes:
        """Return a GET request."""
        return request(f"GET {path}", self.address, f"X-Bench: {self.variant}", *lines)

    def post(self, path: str, fields: Mapping[str, str]) -> bytes:
        """Return a POST of a form."""
        return request(f"POST {path}", self.address, f"X-Bench: {self.variant}", body=urlencode(fields).encode())


def sign_step(route: Route, form_path: str, fields: Mapping[str, str], email: str) -> Step:
    """Send the form, then read the page that it leads to."""
    answer = yield route.post(form_path, dict(fields) | {"email": email})
    if answer.status != 303:
        return answer.outcome
    answer = yield route.get(f"{form_path.removesuffix('sign')}sent")
    return _page(answer)


def confirm_step(route: Route, link: str) -> Step:
    """Press the button behind a mailed link, then read the supporter's own page."""
    answer = yield route.post(f"/confirm/{link}", {"action": "confirm"})
    if answer.status != 303:
        return answer.outcome
    # of the head only the case of letters is lost, and tokens of these pages are hexadecimal
    answer = yield route.get(answer.header(b"location").decode())
    return _page(answer)


def read_step(route: Route, path: str, etag: str) -> Step:
    """Read a public page; with an ETag the answer must be 304."""
    answer = yield route.get(path, *([f"If-None-Match: {etag}"] if etag else []))
    if etag:
        return Outcome.DONE if answer.status == 304 and not answer.body else answer.outcome
    return _page(answer)


def at_once(steps: Iterator[Step]) -> Arrivals:
    """Return steps that are due as soon as a connection is free."""
    return ((0.0, step, "") for step in steps)


def _page(answer: Answer) -> Outcome:
    return Outcome.DONE if answer.status == 200 and END_OF_PAGE in answer.body else answer.outcome
