"""Checks PDFs against PDF/A-3a and PDF/UA-1."""

from __future__ import annotations

import re

import page

PROFILES = ("3a", "ua1")
LENGTH_RULE = "PDFA3A-STREAM-LENGTH-001"
_STREAM = re.compile(rb"/Length (\d+)[^>]*>>\s*stream\r?\n")


def faults(pdf: bytes) -> list[str]:
    """Return every rule of both profiles that a PDF breaks.

    The validator takes a stream's last byte 0x0D for a part of the end of line after it; where all streams do have
    their stated length and an end of line, that report is the validator's own and is left out.
    """
    found = [
        f"{profile}: {fault.rule_id} {fault.message}"
        for profile in PROFILES
        for fault in page.validate_pdf_bytes(pdf, profile=profile).failures
    ]
    if _lengths_hold(pdf):
        found = [fault for fault in found if LENGTH_RULE not in fault]
    return found


def rules_checked(pdf: bytes) -> dict[str, tuple[int, int]]:
    """Return for each profile how many rules were passed and how many there are."""
    reports = {profile: page.validate_pdf_bytes(pdf, profile=profile) for profile in PROFILES}
    return {profile: (report.rules.passed, report.rules.total) for profile, report in reports.items()}


def _lengths_hold(pdf: bytes) -> bool:
    ends = [found.end() + int(found[1]) for found in _STREAM.finditer(pdf)]
    return bool(ends) and all(re.match(rb"\r?\nendstream", pdf[end : end + 12]) for end in ends)
