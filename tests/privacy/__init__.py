"""The checks of docs/design/PRIVACY.md section 12, and where each is shown.

| check | shown by |
| --- | --- |
| 1 differencing attacker | `privacy/test_differencing.py`; the rule alone: `campaigns/test_tally_rule.py` |
| 2 erased people are nowhere | `privacy/test_erased.py`; one person, one row: `privacy/test_nothing_readable.py` |
| 3 `forget` right after confirming | `privacy/test_nothing_readable.py` |
| 3 sealed · a week later, backups | `signatures/test_sealing.py` · `privacy/test_sealed.py` |
| 4 no oracle · scanners confirm nothing | `privacy/test_no_oracle.py` · `journeys/test_sign_by_form.py` |
| 5 leaves by type · names in no leaf or log line | `audit/test_strict_entries.py` · `privacy/test_no_oracle.py` |
| 6 batches: ticks · order · no times | `signatures/test_recorder.py`, `life/` · `signatures/test_batches.py` |
| 7 one address, one leaf · `norm` | `signatures/test_sign_and_confirm.py` · `signatures/test_fingerprint.py` |
| 8 a restore brings nobody back | `operations/test_backup_restore.py`, `test_backup_old.py`, `vault/test_erasure.py` |
| 9 mail at risk · IP in no file | `signatures/test_mail.py` · `privacy/test_no_address_of_the_network.py` |

Bad input to what people entrust: a text replaced meanwhile, `signatures/test_text_races.py`; an ending meanwhile,
`signatures/test_end_races.py`; links to renew late, twice, over, `signatures/test_renewal.py`; the rotation of keys
killed at each step, keys missing, two at once, `operations/test_rewrap.py`; backups damaged, foreign, old, and the
journal of erasures missing or ahead, `operations/test_backup_restore.py` and `operations/test_prepare.py`.
"""
