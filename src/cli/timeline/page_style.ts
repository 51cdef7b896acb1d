/** The page's own style: light and dark as the reader's system is, and for paper. */
export const PAGE_STYLE = `
:root {
  color-scheme: light dark;
  --ink: #1c2230; --soft: #5c6577; --paper: #ffffff; --panel: #f5f6f9; --line: #dde1e9;
  --held: #3f72d8; --shared: #2a97a5; --waited: #e0a020; --good: #3c9a58; --bad: #cc4b46; --going: #7d5bc9; --other: #9099a8;
  --label: 17rem; --zoom: 1;
}
@media (prefers-color-scheme: dark) {
  :root { --ink: #e4e8f0; --soft: #98a2b5; --paper: #14171d; --panel: #1c2029; --line: #2e3441;
    --held: #5f8eee; --shared: #3fb0bf; --waited: #d9a441; --good: #4fae6b; --bad: #e0675f; --going: #9a7be0; --other: #737d8f; }
}
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1.5rem; max-width: 110rem; background: var(--paper); color: var(--ink);
  font: 14px/1.45 system-ui, sans-serif; }
h1 { font-size: 1.35rem; margin: 0; } h2 { font-size: 1rem; margin: 2rem 0 .5rem; }
p { margin: .25rem 0; } .soft { color: var(--soft); }
.bar-of-tools { display: flex; flex-wrap: wrap; gap: .5rem; align-items: center; margin: 1rem 0 .75rem; }
button, input { font: inherit; color: inherit; background: var(--panel); border: 1px solid var(--line); border-radius: 6px; padding: .25rem .7rem; }
input { min-width: 14rem; } .legend { display: flex; flex-wrap: wrap; gap: .3rem 1rem; margin-left: auto; color: var(--soft); }
.legend i { display: inline-block; width: 1rem; height: .7rem; border-radius: 2px; margin-right: .35rem; vertical-align: baseline; }
.chart { position: relative; overflow: auto; max-height: 78vh; border: 1px solid var(--line); border-radius: 8px; background: var(--panel); }
.sheet { position: relative; width: calc(var(--label) + (100% - var(--label)) * var(--zoom)); min-width: 100%; }
.grid { position: absolute; inset: 0 0 0 var(--label); pointer-events: none; }
.grid i { position: absolute; top: 0; bottom: 0; width: 1px; background: var(--line); } .grid i.mark { background: var(--bad); opacity: .6; }
.row { display: flex; position: relative; min-height: 22px; } .row:hover { background: color-mix(in srgb, var(--ink) 6%, transparent); }
.row.axis { position: sticky; top: 0; z-index: 3; background: var(--panel); border-bottom: 1px solid var(--line); min-height: 26px; }
.row.axis:hover { background: var(--panel); }
body .row.group .label { padding-top: .5rem; font-weight: 600; color: var(--soft); font-size: .8rem; letter-spacing: .05em; text-transform: uppercase; }
.label { position: sticky; left: 0; z-index: 2; flex: 0 0 var(--label); width: var(--label); padding: 1px .6rem; background: var(--panel);
  overflow: hidden; text-overflow: ellipsis; white-space: nowrap; border-right: 1px solid var(--line); }
.label b { font-weight: 500; } .label span { color: var(--soft); }
.track { position: relative; flex: 1 1 auto; min-width: 0; padding: 2px 0; }
.lane { position: relative; height: 17px; margin-bottom: 1px; } .lane.thin { height: 8px; }
.tick { position: absolute; top: 3px; padding: 0 5px; color: var(--soft); font-size: .8rem; white-space: nowrap; font-variant-numeric: tabular-nums; }
.bar { position: absolute; top: 0; bottom: 0; min-width: 2px; border-radius: 2px; overflow: hidden; color: #fff; font-size: 11px; line-height: 17px;
  padding: 0 0 0 0; white-space: nowrap; text-overflow: clip; background: var(--tone); print-color-adjust: exact; -webkit-print-color-adjust: exact; }
.bar span { padding: 0 5px; } .bar:hover, .bar:focus { outline: 2px solid var(--ink); outline-offset: 0; z-index: 1; }
.held { --tone: var(--held); } .shared { --tone: var(--shared); } .waited { --tone: var(--waited); opacity: .85; }
.good { --tone: var(--good); } .bad { --tone: var(--bad); } .going { --tone: var(--going); } .other { --tone: var(--other); }
.draining { background: repeating-linear-gradient(-45deg, var(--held) 0 3px, transparent 3px 6px); }
.open { border-top-right-radius: 0; border-bottom-right-radius: 0; border-right: 3px double var(--paper); }
.none { padding: 2.5rem; text-align: center; color: var(--soft); }
#tip { position: fixed; z-index: 9; display: none; max-width: 32rem; padding: .5rem .75rem; white-space: pre-line; pointer-events: none;
  background: var(--paper); border: 1px solid var(--line); border-radius: 8px; box-shadow: 0 4px 18px rgb(0 0 0 / .25); overflow-wrap: anywhere; }
.scroll { overflow-x: auto; } .scroll table { min-width: 46rem; } table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: .25rem .9rem .25rem 0; border-bottom: 1px solid var(--line); vertical-align: top; overflow-wrap: anywhere; }
th { color: var(--soft); font-weight: 500; white-space: nowrap; } td.when { white-space: nowrap; }
summary { cursor: pointer; } [hidden] { display: none !important; }
@media (max-width: 700px) { :root { --label: 8.5rem; } body { padding: .75rem; } .legend { margin-left: 0; } input { min-width: 8rem; } }
@media print {
  :root { --zoom: 1 !important; --paper: #fff; --panel: #fff; --ink: #000; --soft: #444; --line: #bbb; }
  body { padding: 0; max-width: none; font-size: 10px; } .bar-of-tools button, .bar-of-tools input { display: none; }
  .chart { max-height: none; overflow: visible; } .row { break-inside: avoid; } .label, .row.axis { position: static; }
}
`;
