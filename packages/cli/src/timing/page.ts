/** A page that shows recordings. One file, which needs neither network nor scripts. */
import { chart, type Recording } from "./chart.ts";
import { escaped } from "./markup.ts";
import { TOTALS } from "./totals.ts";

/** One recording, or two of a sender and a receiver over the same time axis. */
export function page(recordings: readonly Recording[]): string {
  const title = `Timing: ${recordings.map((recording) => recording.title).join(" and ")}`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<h1>Where the time went</h1>
${table(recordings)}
${LEGEND}
<div class="chart">
${chart(recordings)}
</div>
<p class="note">${NOTE}${recordings.length > 1 ? TWO_CLOCKS : ""}</p>
</body>
</html>
`;
}

function table(recordings: readonly Recording[]): string {
  const heads = recordings.map(({ title }) => `<th scope="col">${escaped(title)}</th>`);
  const rows = TOTALS.map(([what, of]) => {
    const cells = recordings.map(({ spans }) => `<td>${escaped(of(spans))}</td>`);
    return `<tr><th scope="row">${what}</th>${cells.join("")}</tr>`;
  });
  return `<table><tr><td></td>${heads.join("")}</tr>${rows.join("")}</table>`;
}

const KINDS = [
  ["work", "this computer works"],
  ["net", "network and server"],
  ["data", "bytes flow"],
  ["wait", "waiting for people or the other side"],
];

const LEGEND = `<p class="legend">${KINDS.map(([kind, words]) => `<span><i class="${kind}"></i>${words}</span>`).join("")}
<span><i class="diamond"></i>a moment</span><span><i class="crossed"></i>failed</span></p>`;

const NOTE = "Point at a row for its details. A striped band stands for a longer time in which nothing happens.";
const TWO_CLOCKS =
  " Two computers have two clocks: what one seems to do before the other may be off by their difference.";

const STYLE = `
:root { color-scheme: light dark; --back: #fff; --text: #1c2024; --dim: #60646c; --grid: #e4e6ea; --stripe: #f2f4f7;
  --fold: #d9dde3; --work: #8e6bbf; --net: #3b7dd8; --data: #2a9461; --wait: #d9a53b; --bad: #d13c3c; }
@media (prefers-color-scheme: dark) { :root { --back: #15181c; --text: #e6e8eb; --dim: #9aa1ab; --grid: #2a2f36;
  --stripe: #1d2127; --fold: #343a43; --work: #a98bd6; --net: #5b9bf0; --data: #42b581; --wait: #e0b457; --bad: #f06a6a; } }
body { margin: 2rem auto; padding: 0 1rem; max-width: 1100px; background: var(--back); color: var(--text);
  font: 15px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.4rem; margin: 0 0 1rem; }
table { border-collapse: collapse; }
th, td { text-align: left; padding: .1rem 2.5rem .1rem 0; }
th[scope=row] { font-weight: 400; color: var(--dim); } th[scope=col] { overflow-wrap: anywhere; }
td { font-variant-numeric: tabular-nums; }
.legend { display: flex; flex-wrap: wrap; gap: .25rem 1.5rem; margin: 1.25rem 0 .75rem; color: var(--dim); font-size: 13px; }
.legend i { display: inline-block; width: 14px; height: 10px; margin-right: 6px; border-radius: 2px; }
.legend .work { background: var(--work); } .legend .net { background: var(--net); }
.legend .data { background: var(--data); } .legend .wait { background: var(--wait); }
.legend .diamond { width: 9px; height: 9px; border-radius: 0; background: var(--text); transform: rotate(45deg); }
.legend .crossed { box-shadow: inset 0 0 0 2px var(--bad); }
.chart { overflow-x: auto; }
.note { color: var(--dim); font-size: 13px; }
svg { display: block; min-width: 800px; max-width: 100%; height: auto; }
svg text { font: 13px system-ui, sans-serif; fill: var(--text); }
svg .title { font-size: 15px; font-weight: 600; }
svg .dim { fill: var(--dim); }
svg .mid { text-anchor: middle; font-size: 12px; font-variant-numeric: tabular-nums; }
svg .time { text-anchor: end; font-variant-numeric: tabular-nums; }
.grid { stroke: var(--grid); }
.back { fill: transparent; } .row:hover .back { fill: var(--stripe); }
.bar.work { fill: var(--work); } .bar.net { fill: var(--net); } .bar.data { fill: var(--data); } .bar.wait { fill: var(--wait); }
.bar.failed { stroke: var(--bad); stroke-width: 2; } .bar.endless { fill-opacity: .35; stroke: var(--dim); stroke-dasharray: 4 3; }
.moment { fill: var(--text); }
.tick.sent { fill: var(--net); } .tick.received { fill: var(--data); }
.fold { fill: var(--fold); fill-opacity: .45; } .torn { fill: var(--back); fill-opacity: .7; }
`;
