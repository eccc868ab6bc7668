"""The stylesheet: small, layered, without sides, under an address that names its content."""

from __future__ import annotations

import gzip
import re

from flask.testing import FlaskClient

from service.web.stylesheet import PARTS, STATIC, stylesheet

STYLE_MAX_BYTES = 8 * 1024  # PAGES section 3 of the design
SIGN_PAGE_MAX_BYTES = 10 * 1024  # of page and stylesheet, compressed
SIDES = r"(?:^|[{;\s])((?:[a-z-]*-)?(?:left|right|top|bottom)|(?:min-|max-)?(?:width|height))\s*:"


def test_it_is_small() -> None:
    assert len(stylesheet()) <= STYLE_MAX_BYTES


def test_the_sign_page_with_it_is_small_when_compressed(client: FlaskClient) -> None:
    page = client.get("/en/sample/sign").data
    assert len(gzip.compress(page)) + len(gzip.compress(stylesheet())) <= SIGN_PAGE_MAX_BYTES


def test_it_names_no_side_of_the_page() -> None:
    rules = re.sub(r"@media[^{]*", "", stylesheet().decode())
    assert re.findall(SIDES, rules) == []
    assert re.findall(r":\s*(?:left|right)\b", rules) == []


def test_the_check_for_sides_finds_them() -> None:
    for rule in ("a{margin-left:1px}", "a{width:1px}", "a{color:red;top:0}", "a{max-height:1px}"):
        assert re.findall(SIDES, rule), rule


def test_its_layers_come_in_order() -> None:
    assert stylesheet().startswith(b"@layer tokens,base,components,print;")
    for part in PARTS:
        content = (STATIC / part).read_text(encoding="utf-8")
        assert content.startswith(f"@layer {part.removesuffix('.css')} {{")


def test_taking_out_white_space_keeps_every_rule() -> None:
    parts = "".join((STATIC / name).read_text(encoding="utf-8") for name in PARTS)
    assert stylesheet().count(b"{") == parts.count("{")
    assert b".error :is(input,select)" in stylesheet()


def test_pages_link_it_and_caches_may_keep_it(client: FlaskClient) -> None:
    found = re.search(r'href="(/style-[0-9a-f]{16}\.css)"', client.get("/en/sample/index").text)
    assert found is not None
    answer = client.get(found[1])
    assert answer.data == stylesheet()
    assert answer.mimetype == "text/css"
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert client.get("/mark.svg").mimetype == "image/svg+xml"
