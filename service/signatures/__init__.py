"""Signatures: from the form to the log, and back out of it."""
