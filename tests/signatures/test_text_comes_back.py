"""A text that stood before may come back, and with it all who signed it."""

from __future__ import annotations

from tests.signatures.conftest import TEXT, Signing

TEXTS = [TEXT, *(letter * 64 for letter in "ef0")]


def test_a_text_that_comes_back_has_its_signers_again(signing: Signing) -> None:
    signing.joins()
    for text, counts in ((TEXTS[1], (0, 1)), (TEXT, (1, 0)), (TEXTS[1], (0, 1))):
        signing.becomes(text, "replace")
        signing.records()
        assert (signing.counts()["active"], signing.counts()["outdated"]) == counts
    signing.becomes(TEXT, "correct")  # from now on, who signs the other text stands for this one, too
    signing.becomes(TEXTS[2], "replace")
    signing.becomes(TEXT, "replace")
    assert signing.campaign.carried == {TEXTS[1]}
