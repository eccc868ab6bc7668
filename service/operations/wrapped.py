"""Every table that holds keys wrapped under a key-encryption key: a row here is what a rotation wraps anew."""

from __future__ import annotations

from service.desk.accounts import account_associated
from service.desk.tables import account
from service.letters.evidence import evidence_associated
from service.letters.tables import letter_evidence
from service.store.mail_tables import subscriber
from service.store.tables import audit_sample, campaign_key, pending, record
from service.vault.annexes import annex_associated, package_associated
from service.vault.campaign_keys import campaign_key_associated
from service.vault.rewrapping import Wrapped
from service.vault.sealing import record_associated
from service.vault.tables import letter_annex, letter_package

WRAPPED = (
    Wrapped(campaign_key, "sealed", lambda row: campaign_key_associated(row["campaign"])),  # K itself
    Wrapped(account, "wrapped_key", lambda row: account_associated(row["id"])),
    Wrapped(
        record,
        "wrapped_key",
        lambda row: record_associated(row["campaign"], row["signature"], row["commitment"]),
    ),
    Wrapped(pending, "wrapped_key", lambda row: row["id"].encode()),  # and so the mail in the outbox
    Wrapped(subscriber, "wrapped_key", lambda row: row["id"].encode()),  # and so their mail
    Wrapped(letter_evidence, "wrapped_key", lambda row: evidence_associated(row["letter"], row["hash"])),
    Wrapped(audit_sample, "wrapped_key", lambda row: row["id"].encode()),
    Wrapped(letter_annex, "wrapped_key", lambda row: annex_associated(row["letter"])),  # kek is none while it has none
    Wrapped(letter_package, "wrapped_key", lambda row: package_associated(row["letter"])),
)
