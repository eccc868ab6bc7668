"""How the audit's page looks: on paper, on a telephone, in the light and in the dark."""

STYLE = """
:root { color-scheme: light dark;
  --ground: #fdfcf9; --card: #ffffff; --ink: #1d1b18; --soft: #5c574f; --rule: #d9d4ca;
  --good: #1c6b3c; --bad: #a81c1c; --look: #7a5200; --line: #1f5fa8; --area: #1f5fa826; --code: #f3f0ea; }
@media (prefers-color-scheme: dark) { :root {
  --ground: #171614; --card: #201f1c; --ink: #ece8e0; --soft: #b3ada2; --rule: #3d3a34;
  --good: #7fd1a0; --bad: #ff9c94; --look: #f0c064; --line: #86b9f2; --area: #86b9f226; --code: #2a2824; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink);
  font: 1.0625rem/1.55 Georgia, "Noto Serif", "DejaVu Serif", serif; }
main, footer { max-inline-size: 46rem; margin-inline: auto; padding-inline: 1rem; }
main { padding-block: 2rem 1rem; }
footer { padding-block: 1rem 3rem; color: var(--soft); font-size: .9375rem; }
h1 { font-size: clamp(1.6rem, 6vw, 2.25rem); line-height: 1.15; margin-block: 0 .75rem; text-wrap: balance; }
h2 { font-size: 1.375rem; line-height: 1.25; margin-block: 2.75rem .75rem; }
h3 { font-size: 1.0625rem; margin-block: 0 .5rem; }
p, ul, ol { margin-block: 0 .9rem; }
code, pre, .hash { font-family: ui-monospace, "DejaVu Sans Mono", monospace; font-size: .875em;
  overflow-wrap: anywhere; }
pre { background: var(--code); border: 1px solid var(--rule); border-radius: .375rem; padding: .75rem;
  white-space: pre-wrap; line-height: 1.45; }
a { color: inherit; }
.verdict { border: 1px solid var(--rule); border-inline-start: .375rem solid var(--tone); background: var(--card);
  border-radius: .375rem; padding: .9rem 1rem; margin-block: 1.25rem; }
.verdict strong { color: var(--tone); font-size: 1.1875rem; display: block; }
.verdict p { margin: 0; }
.good { --tone: var(--good); } .bad { --tone: var(--bad); } .look { --tone: var(--look); }
.none { --tone: var(--soft); }
.card { background: var(--card); border: 1px solid var(--rule); border-radius: .375rem; padding: 1rem;
  margin-block: 0 1rem; break-inside: avoid; }
.card > :last-child { margin-block-end: 0; }
.big { font-size: clamp(2.25rem, 11vw, 3.25rem); line-height: 1.05; font-weight: bold; margin: 0;
  font-variant-numeric: tabular-nums; }
.note, .facts dt { color: var(--soft); font-size: .9375rem; }
.facts { display: grid; grid-template-columns: repeat(auto-fit, minmax(8rem, 1fr)); gap: .5rem 1rem;
  margin-block: .9rem; }
.facts dt, .facts dd { margin: 0; }
.facts dd { font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
.wide { grid-column: 1 / -1; }
.plot { display: grid; grid-template-columns: auto 1fr; column-gap: .5rem; margin-block: 1rem .5rem; }
.plot svg { inline-size: 100%; block-size: 11rem; display: block; overflow: visible; }
.scale, .span { display: flex; justify-content: space-between; color: var(--soft); font-size: .8125rem; line-height: 1;
  font-variant-numeric: tabular-nums; }
.scale { flex-direction: column; text-align: end; margin-block: -.4rem; }
.span { grid-column: 2; padding-block-start: .5rem; }
.grid { stroke: var(--rule); stroke-width: 1; fill: none; vector-effect: non-scaling-stroke; }
.line { stroke: var(--line); stroke-width: 2; fill: none; vector-effect: non-scaling-stroke; stroke-linejoin: round; }
.area { fill: var(--area); }
pre span { white-space: nowrap; }
figure { margin: 1.25rem 0 0; }
details { margin-block: .75rem 0; }
summary { cursor: pointer; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; inline-size: 100%; font-size: .9375rem; font-variant-numeric: tabular-nums; }
caption { text-align: start; color: var(--soft); padding-block: .5rem; }
th, td { text-align: end; padding: .3rem .5rem; border-block-end: 1px solid var(--rule); }
th:first-child, td:first-child { text-align: start; padding-inline-start: 0; white-space: nowrap; }
.checks { padding-inline-start: 1.75rem; }
.checks li { padding-block: .55rem; border-block-end: 1px solid var(--rule); }
.checks li::marker { color: var(--soft); }
.result { display: block; color: var(--tone); font-size: .9375rem; }
.result b { font-weight: bold; }
.problem dl { margin-block: .25rem 0; }
.problem dd { margin: 0 0 .4rem; }
:focus-visible { outline: 3px solid var(--line); outline-offset: 2px; }
@media print { :root { --ground: #fff; } body { font-size: 10.5pt; }
  details::details-content { content-visibility: visible; block-size: auto; } }
"""
