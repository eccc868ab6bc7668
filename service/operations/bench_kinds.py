"""What is measured through the web: signing, confirming, reading; the steps of the product and of its ceiling."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import sqlalchemy as sa

from service.operations.bench_load import Load, Step, generate
from service.operations.bench_people import People
from service.operations.bench_runs import WARM_UP_S, Bench, Plan, Site
from service.operations.bench_steps import Route, at_once, confirm_step, read_step, sign_step
from service.operations.demo_home import REF
from service.operations.demo_visitor import Visitor
from service.operations.processes import Address
from service.store.database import Database
from service.store.tables import outbox, pending, signature

SIGN_FORM = f"/en/c/{REF}/sign"
APPEAL = f"/en/c/{REF}"
CONFIRMED_MOST_PER_S = 1_500  # links are made beforehand; where they run out, a run ends early and its rate holds


def confirm_bench(plan: Plan) -> Bench:
    """Return the measurement of confirming, with as many links as its runs can use."""
    links = int((WARM_UP_S + plan.seconds * plan.runs) * CONFIRMED_MOST_PER_S)

    def steps(site: Site, route: Route) -> Iterator[Step]:
        if route.variant == "ceiling":
            return _same_link(site, route)
        return (confirm_step(route, link) for link in People(site.services).sign(links))

    return Bench("confirm", (("product", "ceiling"),), steps, _signatures)


def _same_link(site: Site, route: Route) -> Iterator[Step]:
    """Have every process remember a link as unused, use it, then have the ceiling confirm it again and again."""
    (link,) = People(site.services, first=-1).sign(1)
    forever = (confirm_step(route, link) for _ in itertools.count())
    generate(Load(site.address, 64, WARM_UP_S), at_once(forever))  # each ends with 404: there is no own page yet
    generate(Load(site.address, 1, WARM_UP_S), at_once(iter([confirm_step(Route(site.address, "product"), link)])))
    return forever


def form_fields(address: Address) -> dict[str, str]:
    """Return what a filled-in sign form sends, but for the address."""
    form = Visitor(address.base_url).get(SIGN_FORM).form(with_field="full_name")
    return dict(form.filled(full_name="Ada Example", country="GB", disclosure="counted", consent="yes"))


def _sign_steps(site: Site, route: Route) -> Iterator[Step]:
    fields = form_fields(site.address)
    numbers = itertools.count()
    return (sign_step(route, SIGN_FORM, fields, f"{route.variant}-{n}@example.org") for n in numbers)


def _read_steps(site: Site, route: Route) -> Iterator[Step]:
    etag = _etag(route) if route.variant.endswith("-304") else ""
    return (read_step(route, APPEAL, etag) for _ in itertools.count())


def _etag(route: Route) -> str:
    found: list[str] = []

    def ask() -> Step:
        answer = yield route.get(APPEAL)
        found.append(answer.header(b"etag").decode())
        return answer.outcome

    generate(Load(route.address, 1, 10), at_once(iter([ask()])))
    return found[0]


def _forms(database: Database) -> int:
    with database.read() as connection:
        forms = connection.execute(sa.select(sa.func.count()).select_from(pending)).scalar_one()
        mails = connection.execute(sa.select(sa.func.count()).select_from(outbox)).scalar_one()
    return int(min(forms, mails))


def _signatures(database: Database) -> int:
    with database.read() as connection:
        return int(connection.execute(sa.select(sa.func.count()).select_from(signature)).scalar_one())


SIGN = Bench("sign", (("product", "ceiling"),), _sign_steps, _forms)
READ = Bench("read", (("product", "bare"), ("product-304", "bare-304")), _read_steps, _signatures)
