"""The vault: who signed, sealed under a key of their own, until it is erased."""
