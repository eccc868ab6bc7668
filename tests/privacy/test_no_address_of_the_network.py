"""The address from which somebody signs is in no table, file, log line or mail, not even shortened."""

from __future__ import annotations

import ipaddress
import json
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from service.operations.logging import log_requests
from tests.installation import CONSENTED, REF, Installation
from tests.privacy.search import files_under, forms_of, tables_of

MARKED = ("203.0.113.77", "2001:db8:7a7a:77::4d")  # RFC 5737 and RFC 3849: nobody's


def left_of(installation: Installation, folder: Path, address: str) -> list[str]:
    """Let people sign from an address of the network, and return where it, or the part before its last, is written."""
    log_requests(installation.app)
    fields, client = installation.form() | CONSENTED | {"full_name": "Made-up Person"}, installation.client()
    headers, base = {"X-Forwarded-For": address, "Forwarded": f"for={address}"}, {"REMOTE_ADDR": address}
    with capture_logs() as lines:
        for number in range(20):
            email = f"person{number}@example.org"
            sent = client.post(f"/en/c/{REF}/sign", data=fields | {"email": email}, headers=headers, environ_base=base)
            assert sent.status_code == 303
        link = installation.link_for("person0@example.org")
        answer = client.post(link, data={"action": "confirm"}, headers=headers, environ_base=base)
        assert answer.status_code == 303
        installation.records()
    (folder / "log-lines").write_text(json.dumps(lines))
    packed = ipaddress.ip_address(address).packed
    prefix = packed[:3] if len(packed) == 4 else packed[:6]
    shown = [address, address.rsplit("." if "." in address else "::", 1)[0]]
    wanted = set().union(*(forms_of(text) for text in shown)) | {packed.hex().encode(), prefix.hex().encode()}
    wanted |= {packed} if len(packed) == 16 else set()  # four bytes come up by chance
    heaps = [*tables_of(installation.services.database), *files_under(folder)]
    assert len(heaps) > 20
    return sorted({name for name, heap in heaps if any(form in heap for form in wanted - {prefix.hex().encode()})})


@pytest.mark.parametrize("address", MARKED)
def test_it_is_nowhere(installation: Installation, tmp_path: Path, address: str) -> None:
    assert left_of(installation, tmp_path, address) == []
