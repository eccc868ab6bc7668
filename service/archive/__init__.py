"""The archive: what was said, each document under the SHA-256 of its bytes."""
