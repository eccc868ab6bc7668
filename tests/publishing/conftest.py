"""The campaign of the signature tests, to publish, and partners who watch over its log."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.publishing.partners import Partner
from tests.signatures.conftest import Signing, keys, signing

__all__ = ["keys", "partners", "signing"]


@pytest.fixture
def partners(signing: Signing, tmp_path: Path) -> Iterator[list[Partner]]:
    """Return three partners with a witness each."""
    found = [Partner(tmp_path, number, signing.keys.log_vkey) for number in (2, 3, 4)]
    yield found
    for each in found:
        each.stops()
