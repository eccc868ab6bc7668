"""Campaigns: an appeal from import to sealing."""
