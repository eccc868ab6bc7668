"""Posts are counted by network prefix under a key that nobody keeps; reading is not limited."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from flask.testing import FlaskClient

from service.clock import FixedClock
from service.web.limits import PrefixKey, prefix
from tests.web.sample_app import sample_app, sample_settings

FORM = {"a": "b"}
SIGN = "/en/c/example-two/sign"


@pytest.fixture
def limited() -> FlaskClient:
    """Return a client of an app that takes three posts in an hour."""
    return sample_app(sample_settings(SIGN_LIMIT="3/hour")).test_client()


def post(client: FlaskClient, address: str = SIGN, sender: str = "192.0.2.1") -> int:
    """Post a form from a network address and return the status."""
    return client.post(address, data=FORM, environ_overrides={"REMOTE_ADDR": sender}).status_code


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("192.0.2.77", "192.0.2.0/24"),
        ("2001:db8:1:2::3", "2001:db8:1::/48"),
        ("::ffff:192.0.2.77", "192.0.2.0/24"),
        ("unix:", "unknown"),
        (None, "unknown"),
    ],
)
def test_a_prefix_is_counted_not_an_address(address: str | None, counted: str) -> None:
    assert prefix(address) == counted


def test_too_many_posts_are_answered_429_with_a_page_and_a_time(limited: FlaskClient) -> None:
    assert [post(limited) for _ in range(4)] == [200, 200, 200, 429]
    answer = limited.post(SIGN, data=FORM, environ_overrides={"REMOTE_ADDR": "192.0.2.1"})
    assert answer.headers["Retry-After"] == "3600"
    assert "Too many requests" in answer.text


def test_neighbours_share_a_limit_and_others_do_not(limited: FlaskClient) -> None:
    assert [post(limited, sender=f"192.0.2.{host}") for host in range(4)] == [200, 200, 200, 429]
    assert post(limited, sender="198.51.100.1") == 200


def test_another_appeal_is_counted_apart(limited: FlaskClient) -> None:
    assert [post(limited) for _ in range(4)][-1] == 429
    assert post(limited, "/en/c/example-three/sign") == 200


def test_reading_is_not_limited(limited: FlaskClient) -> None:
    assert {limited.get("/en/sample/sign").status_code for _ in range(10)} == {200}


def test_only_the_configured_number_of_proxies_is_believed() -> None:
    direct = sample_app(sample_settings(SIGN_LIMIT="1/hour")).test_client()
    proxied = sample_app(sample_settings(SIGN_LIMIT="1/hour", FORWARDED_HOPS="1")).test_client()

    def statuses(client: FlaskClient) -> list[int]:
        claims = ("203.0.113.1, 192.0.2.1", "203.0.113.1, 198.51.100.1")
        return [client.post(SIGN, data=FORM, headers={"X-Forwarded-For": claim}).status_code for claim in claims]

    assert statuses(direct) == [200, 429]
    assert statuses(proxied) == [200, 200]
    invented = [
        proxied.post(SIGN, data=FORM, headers={"X-Forwarded-For": f"{host}.0.0.1, 192.0.2.1"}).status_code
        for host in (7, 8)
    ]
    assert invented == [429, 429]


def test_the_key_changes_at_midnight_and_holds_no_address() -> None:
    clock = FixedClock(datetime(2026, 3, 2, 23, 59, tzinfo=UTC))
    keys = PrefixKey(clock)
    before = keys.of("192.0.2.1")
    assert before == keys.of("192.0.2.200") != keys.of("198.51.100.1")
    clock.moment += timedelta(minutes=1)
    assert keys.of("192.0.2.1") != before
    assert PrefixKey(clock).of("192.0.2.1") != keys.of("192.0.2.1")
