"""How the page looks."""

STYLE = """
:root { color-scheme: light; --ink: #1c1917; --soft: #57534e; --line: #e7e5e4; --paper: #fafaf9 }
* { box-sizing: border-box }
body { margin: 0; background: var(--paper); color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif }
main { max-width: 1120px; margin: 0 auto; padding: 32px 24px 64px }
h1 { font-size: 30px; margin: 0 0 4px; overflow-wrap: anywhere }
h2 { font-size: 20px; margin: 40px 0 8px }
.lead { font-size: 17px; margin: 0 0 8px }
.legend { color: var(--soft); font-size: 13px }
.legend span { font-weight: 600; margin-right: 16px }
.box { background: #fff7ed; border-left: 4px solid #f59e0b; padding: 10px 16px; margin: 12px 0;
  font-size: 14px }
.box ul { margin: 4px 0 0; padding-left: 20px }
.scroll { overflow-x: auto }
table { border-collapse: collapse; width: 100%; background: #fff; font-size: 14px }
.measures { table-layout: fixed; min-width: 920px }
thead th { font-size: 12px; color: var(--soft); font-weight: 600;
  border-bottom: 2px solid var(--line) }
th, td { text-align: left; vertical-align: top; padding: 8px 12px; font-weight: 400;
  border-bottom: 1px solid var(--line) }
tbody th { font-weight: 600 }
.n { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums }
small { color: var(--soft); font-weight: 400 }
.weak td, .weak th, .weak b { color: #a8a29e; font-weight: 400 }
.weak svg { opacity: .35 }
.doubt { margin: 4px 0 0; color: #b45309; font-size: 13px }
.plots { display: flex; flex-wrap: wrap; gap: 16px }
.plots svg { background: #fff; border: 1px solid var(--line); max-width: 100%; height: auto }
.films { display: flex; flex-wrap: wrap; gap: 16px }
figure { margin: 0; flex: 1 1 320px; max-width: 520px }
video { width: 100%; border: 1px solid var(--line); background: #fff }
figcaption { font-size: 13px; color: var(--soft) }
details { margin-top: 32px }
summary { cursor: pointer; font-weight: 600; font-size: 17px; margin-bottom: 8px }
""".strip()
