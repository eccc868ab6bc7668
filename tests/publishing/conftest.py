"""The campaign of the signature tests, to publish."""

from tests.signatures.conftest import keys, signing

__all__ = ["keys", "signing"]
