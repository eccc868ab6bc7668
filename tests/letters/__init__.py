"""Tests of letters and addressees."""
