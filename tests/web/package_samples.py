"""What the page of a package with names is shown with."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from tests.web.samples import LETTER


def _page(**package: Any) -> tuple[str, dict[str, Any]]:
    values: dict[str, Any] = {"named": 412, "is_ready": True, "opened": 0} | package
    return "letters/package.html", {"letter": LETTER, "errors": [], "package": SimpleNamespace(**values)}


PACKAGE_STATES: dict[str, tuple[str, dict[str, Any]]] = {
    "package": _page(),
    "package-fetched": _page(named=1, opened=2),
    "package-wrong-button": ("letters/package.html", _page()[1] | {"errors": [("action", "action-unknown")]}),
    "package-waiting": _page(named=0, is_ready=False),
    "package-received": ("letters/package_received.html", {"letter": LETTER}),
    "package-received-alone": ("letters/package_received.html", {"letter": None}),
}
