r"""The checks of docs/design/PRIVACY.md section 12, and where each is shown.

| check | shown by | what it finds once a protection is taken out |
| --- | --- | --- |
| 1 differencing attacker | `privacy/test_differencing.py` | there: a figure that moves by one, put on every public \
address of every kind (pages, numbers, CSV, JSON, Atom, letters, packages, checkpoint, tiles); countries of now; \
appends outside a batch. The rule alone: `campaigns/test_tally_rule.py` |
| 2 erased people are nowhere | `privacy/test_erased.py` | `privacy/test_checks.py`: each table that keeps its row, an \
event at erasing; the search itself: there |
| 3 `forget` right after confirming, sealed, backups | `privacy/test_nothing_readable.py`, \
`signatures/test_sealing.py`, \
`privacy/test_sealed.py` | \
`privacy/test_checks.py`: a record or form that is kept, each table that sealing leaves |
| 4 no oracle, scanners confirm nothing | `privacy/test_no_oracle.py`, `journeys/test_sign_by_form.py` | \
`privacy/test_checks.py`: another answer, no mail, a longer mail, one statement more; a link that confirms when opened |
| 5 leaves by type, names in no leaf or log line | `audit/test_strict_entries.py`, `privacy/test_no_oracle.py` | \
`privacy/test_checks.py`: lines with paths or forms, a name in the place of a commitment |
| 6 batches: ticks, order, days, no times | `signatures/test_recorder.py`, `life/`, `signatures/test_batches.py`, \
`privacy/test_checks.py` | `privacy/test_differencing.py`: no ticks; `signatures/test_batches.py`: three other orders, \
a column with a time; `privacy/test_checks.py`: another day |
| 7 one address, one leaf; `norm` | `signatures/test_sign_and_confirm.py`, `signatures/test_fingerprint.py` | \
`privacy/test_checks.py`: addresses as typed, a token by chance |
| 8 a restore brings nobody back; annex B without r | `operations/test_backup_restore.py`, `test_backup_old.py`, \
`vault/test_erasure.py`, `letters/test_annex_b.py` | `privacy/test_checks.py`: the journal passed over, r kept |
| 9 mail at risk, IP in no file | `signatures/test_mail.py`, `privacy/test_no_address_of_the_network.py` | \
`privacy/test_checks.py`: the slug in a link, a named mail, a telling sender; an address in a log line |

`privacy/test_checks.py` runs the same functions (`checks.py`) with all protections in place, where they find nothing.
What a hostile request claims or holds: `privacy/test_strange_addresses.py`, `operations/test_claimed_headers.py`.

Bad input to what people entrust: a text replaced meanwhile, `signatures/test_races_by_form.py`; an ending meanwhile,
`signatures/test_end_races.py`; links to renew late, twice, over, `signatures/test_renewal.py`,
`test_renewal_links.py`; the rotation of keys
killed at each step, keys missing, two at once, `operations/test_rewrap.py`; backups damaged, foreign, old, and the
journal of erasures missing or ahead, `operations/test_backup_restore.py` and `operations/test_prepare.py`.
"""
