"""Checks a sample against the published log: draw, openings, and what they exclude (docs/log_format.md section 10)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec
from msgspec import UNSET

from service.audit.ledger import Ledger
from service.audit.merkle import Tree
from service.audit.notes import BadNote
from service.audit.openings import BadOpening, check_opening, commitment_of
from service.audit.policy import Policy
from service.audit.published import Signed, read_checkpoint
from service.audit.sample_file import Answer, SampleFile
from service.audit.sampling import CHAINS, Population, draw
from service.audit.times import moment

AFTER_S = 600  # from the newest cosignature to the round; section 10
DOUBT = 0.05  # a share of fakes is excluded at 95 %
CHECKPOINT = "Sample: its checkpoint is signed, and of the published log"
ROUND = "Sample: its round came at least 10 minutes after the checkpoint's newest cosignature"
DRAWN = "Sample: exactly the entries that were drawn are answered, in order"
OPENINGS = "Sample: each opening opens its entry's commitment, and no address stands twice"
_SECTION = "(section 10)"


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """What a sample came to, as `audit.reported` states it, and what that excludes."""

    campaign: str
    at_size: int
    population: int
    chain: str
    round: int
    randomness: str
    sampled: int
    opened: int
    unanswered: int
    failed: int
    fakes_at_most: float  # a share of the population, at 95 %, each that did not open taken for a fake


@dataclass(frozen=True)
class Against:
    """What a sample is held against: the log as replayed to the sample's size, and what the auditor knows."""

    origin: str
    tree: Tree
    population: Population
    policy: Policy
    seed: str  # ROUND:HEX, as the auditor took it from a relay; "" if it was not given


def check_sample(sample: SampleFile, size: int, against: Against, ledger: Ledger) -> Figures:
    """Notes what is wrong with a sample, and gives its figures; `size` is that of its checkpoint."""
    _check_round(sample, _check_checkpoint(sample, against, ledger), against, ledger)
    entries = against.population.entries()
    _check_drawn(sample, entries, ledger)
    opened, failed = _check_openings(sample.answers, against.population, ledger)
    sampled = len(sample.answers)
    return Figures(
        campaign=sample.campaign, at_size=size, population=len(entries), chain=sample.chain, round=sample.round,
        randomness=sample.randomness, sampled=sampled, opened=opened, unanswered=sampled - opened - failed,
        failed=failed, fakes_at_most=fakes_at_most(sampled, sampled - opened),
    )  # fmt: skip


def fakes_at_most(sampled: int, bad: int) -> float:
    """Gives the largest share of fakes that a sample with so many bad ones does not exclude at 95 %.

    The share f at which so few bad ones or fewer come up once in 20 samples (Clopper and Pearson 1934): without a bad
    one that is (1 - f)^sampled = 0.05. That each is drawn once only makes the truth more certain than that.
    """
    low, high = 0.0, 1.0
    while high - low > 1e-9 and bad < sampled:
        f = (low + high) / 2
        chance = sum(math.exp(_log_chance(sampled, count, f)) for count in range(bad + 1))
        low, high = (f, high) if chance > DOUBT else (low, f)
    return round(high, 6)


def _log_chance(sampled: int, bad: int, f: float) -> float:
    ways = math.lgamma(sampled + 1) - math.lgamma(bad + 1) - math.lgamma(sampled - bad + 1)
    return ways + bad * math.log(f) + (sampled - bad) * math.log1p(-f)


def _check_checkpoint(sample: SampleFile, against: Against, ledger: Ledger) -> Signed | None:
    ledger.did(CHECKPOINT, 1, "checkpoints")
    try:
        signed = read_checkpoint(sample.checkpoint.encode(), against.policy.keys)
    except BadNote as error:
        ledger.error(CHECKPOINT, "checkpoint", str(error), "a checkpoint that a given key signed", _SECTION)
        return None
    if signed.origin != against.origin or signed.root != against.tree.root():
        found = f"{signed.origin}, root {signed.root.hex()}"
        expected = f"{against.origin}, root {against.tree.root().hex()}"
        ledger.error(CHECKPOINT, "checkpoint", found, expected, f"it is of the published log {_SECTION}")
    return signed


def _check_round(sample: SampleFile, signed: Signed | None, against: Against, ledger: Ledger) -> None:
    seed = f"{sample.round}:{sample.randomness}"
    if against.seed == "":
        ledger.finding("seed", "from the sample itself", "--seed ROUND:HEX", "compare it with a relay of drand")
    elif against.seed != seed:
        ledger.did(ROUND, 1, "rounds")
        ledger.error(ROUND, "seed", seed, against.seed, "what the beacon gave in that round")
    if sample.chain not in CHAINS:
        ledger.did(ROUND, 1, "rounds")
        ledger.error(ROUND, "chain", sample.chain, " or ".join(CHAINS), f"a chain of drand {_SECTION}")
        return
    if signed is None:
        return
    newest = max((seen for _, seen in signed.cosigned), default=None)
    if newest is None or not against.policy.is_met_by(signed.cosigners):
        why = "not enough witnesses of the policy cosigned the sample's checkpoint"
        ledger.finding("round", sample.round, "a checkpoint cosigned before it", f"{why}: entries may have been chosen")
        return
    ledger.did(ROUND, 1, "rounds")
    at = CHAINS[sample.chain].seconds(sample.round)
    if at < newest + AFTER_S:
        expected = f"{moment(newest + AFTER_S)} or later"
        ledger.error(ROUND, "round", moment(at), expected, "who knew it could still choose the entries")


def _check_drawn(sample: SampleFile, entries: list[int], ledger: Ledger) -> None:
    answered = [answer.entry for answer in sample.answers]
    ledger.did(DRAWN, len(answered))
    if sample.population != len(entries):
        message = f"the campaign's signatures that are active there {_SECTION}"
        ledger.error(DRAWN, "population", sample.population, len(entries), message)
    if len(answered) > len(entries):
        ledger.error(DRAWN, "answers", len(answered), f"at most {len(entries)}", f"each is drawn once {_SECTION}")
        return
    text = sample.checkpoint.rpartition("\n\n")[0] + "\n"
    places = draw(text, bytes.fromhex(sample.randomness), len(entries), len(answered))
    for answer, place in zip(answered, places, strict=True):
        if answer != entries[place]:
            ledger.error(DRAWN, "entry", answer, entries[place], f"another entry was drawn {_SECTION}")


def _check_openings(answers: Sequence[Answer], population: Population, ledger: Ledger) -> tuple[int, int]:
    """Gives how many opened, and how many failed to."""
    ledger.did(OPENINGS, sum(answer.opening is not UNSET for answer in answers), "openings")
    opened, failed, addresses = 0, 0, set[str]()
    for answer in answers:
        if answer.opening is UNSET:
            continue
        try:
            _demand_opens(answer, population, addresses)
            opened += 1
        except BadOpening as error:
            failed += 1
            ledger.error(OPENINGS, f"entry {answer.entry}", str(error), "an opening of that entry", _SECTION)
    return opened, failed


def _demand_opens(answer: Answer, population: Population, addresses: set[str]) -> None:
    opening = answer.opening
    assert not isinstance(opening, msgspec.UnsetType)
    check_opening(opening)
    try:
        expected = population.commitment(answer.entry)
    except KeyError as error:
        raise BadOpening("no signature of the campaign stands on this entry") from error
    if commitment_of(opening) != expected:
        raise BadOpening(f"it opens {commitment_of(opening)}, the entry has {expected}")
    if opening.contact.email in addresses:
        raise BadOpening("its address stands in another opening, too: one address signed twice")
    addresses.add(opening.contact.email)
