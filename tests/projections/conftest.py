"""The campaign of the signature tests, for projections."""

from tests.signatures.conftest import at_risk, keys, signing

__all__ = ["at_risk", "keys", "signing"]
