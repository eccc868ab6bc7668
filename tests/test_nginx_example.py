"""The documented nginx configuration keeps nothing private and writes down nobody, as far as its words tell."""

from __future__ import annotations

import re
from pathlib import Path

from service.web.setup import BODY_MAX_BYTES

TEXT = (Path(__file__).resolve().parent.parent / "docs" / "nginx.conf").read_text(encoding="utf-8")


def test_it_writes_down_nobody() -> None:
    assert re.findall(r"^\s*access_log (\S+);", TEXT, re.M) == ["off"]
    assert re.findall(r"^\s*error_log \S+ (\w+);", TEXT, re.M) == ["crit"]


def test_only_what_is_called_public_is_kept() -> None:
    (rules,) = re.findall(r"map \$upstream_http_cache_control \$is_private \{(.*?)\}", TEXT, re.S)
    assert dict(re.findall(r"^\s*(\S+) (\d);", rules, re.M)) == {"default": "1", '"~public"': "0"}
    assert "proxy_no_cache $is_private;" in TEXT


def test_a_form_that_is_too_long_gets_the_services_own_page() -> None:
    (most_kib,) = re.findall(r"client_max_body_size (\d+)k;", TEXT)
    assert int(most_kib) * 1024 > BODY_MAX_BYTES


def test_it_believes_no_client_about_its_address() -> None:
    assert "X-Forwarded-For $remote_addr;" in TEXT
    assert "proxy_add_x_forwarded_for" not in TEXT


def test_braces_are_balanced_and_lines_end() -> None:
    code = [re.sub(r"(^|\s)#.*", "", line).strip() for line in TEXT.splitlines()]
    assert TEXT.count("{") == TEXT.count("}")
    assert [line for line in code if line and line[-1] not in "{};"] == []
