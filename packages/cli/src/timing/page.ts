/** The page that shows recordings: one HTML file without scripts, which loads nothing. */
import { chart, type Recording } from "./chart.ts";
import { KINDS } from "./kinds.ts";
import { escaped } from "./markup.ts";
import { totals } from "./totals.ts";

/** Returns the page for one recording, or for two over the same time axis. */
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
${chart(recordings)}
<p>${NOTE}${recordings.length > 1 ? TWO_CLOCKS : ""}</p>
</body>
</html>
`;
}

function table(recordings: readonly Recording[]): string {
  const columns = recordings.map(({ spans }) => totals(spans));
  const heads = recordings.map(({ title }) => `<th scope="col">${escaped(title)}</th>`);
  const rows = columns[0]?.map(([heading], index) => {
    const cells = columns.map((column) => `<td>${escaped(column[index]?.[1] ?? "")}</td>`);
    return `<tr><th scope="row">${heading}</th>${cells.join("")}</tr>`;
  });
  return `<table><tr><td></td>${heads.join("")}</tr>${rows?.join("")}</table>`;
}

const LEGEND = `<p>${Object.entries(KINDS)
  .map(([kind, words]) => `<span><i class="${kind}"></i>${words}</span>`)
  .join("")}<span><i class="moment"></i>a moment</span><span><i class="failed"></i>failed</span></p>`;

const NOTE = "Point at a row for its details. A striped band stands for a long time in which nothing happens.";
const TWO_CLOCKS =
  " Each computer has its own clock. A difference between the clocks shifts one recording against the other.";

const STYLE = `
:root { color-scheme: light dark; --back: light-dark(#fff, #15181c); --text: light-dark(#1c2024, #e6e8eb);
  --dim: light-dark(#60646c, #9aa1ab); --grid: light-dark(#e4e6ea, #2a2f36); --fold: light-dark(#d9dde3, #343a43);
  --work: light-dark(#8e6bbf, #a98bd6); --net: light-dark(#3b7dd8, #5b9bf0); --data: light-dark(#2a9461, #42b581);
  --wait: light-dark(#d9a53b, #e0b457); --bad: light-dark(#d13c3c, #f06a6a); }
body { margin: 2rem auto; padding: 0 1rem; max-width: 1100px; background: var(--back); color: var(--text);
  font: 13px/22px system-ui, sans-serif; font-variant-numeric: tabular-nums; }
h1 { font-size: 22px; } h2 { font-size: 15px; margin: 12px 0 4px; overflow-wrap: anywhere; }
p { display: flex; flex-wrap: wrap; gap: 4px 24px; color: var(--dim); }
p i { display: inline-block; width: 14px; height: 10px; margin-right: 6px; border-radius: 2px; }
table { font-size: 15px; } th, td { text-align: left; padding-right: 40px; } small { font-size: 13px; color: var(--dim); }
th[scope=row] { font-weight: 400; color: var(--dim); } th[scope=col] { overflow-wrap: anywhere; }
.chart { position: relative; min-width: 800px; }
.row { display: grid; grid-template-columns: 250px 1fr 100px; white-space: nowrap; } .row:hover { background: var(--grid); }
.row > :first-child { padding-left: 10px; overflow: hidden; } .row > :last-child { text-align: right; }
.row > div { position: relative; } .row > div > *, .over > * { position: absolute; }
.axis { color: var(--dim); padding-top: 22px; }
.over { position: absolute; left: 250px; right: 100px; top: 44px; bottom: 0; pointer-events: none; }
.over > * { top: 0; bottom: 0; } .grid { border-left: 1px solid var(--grid); z-index: -1; }
.fold { background: repeating-linear-gradient(45deg, var(--fold) 0 3px, #0000 3px 6px);
  pointer-events: auto; box-sizing: border-box; border: 0 solid transparent; border-width: 0 7px; background-clip: padding-box; }
.over b { position: absolute; top: -22px; transform: translateX(-50%); font-style: normal; font-weight: 400; color: var(--dim); white-space: nowrap; }
.fold b { top: -44px; left: 50%; }
.bar { top: 4px; height: 14px; min-width: 2px; border-radius: 2px; }
.work { background: var(--work); } .net { background: var(--net); } .data { background: var(--data); }
.wait { background: var(--wait); } .failed { box-shadow: inset 0 0 0 2px var(--bad); }
.endless { opacity: .4; outline: 1px dashed var(--text); }
i.moment { width: 9px; height: 9px; border-radius: 0; background: var(--text); transform: rotate(45deg); } .row .moment { top: 6px; margin-left: -4px; }
.tick { width: 2px; height: 8px; } .sent { top: 2px; background: var(--net); } .received { top: 12px; background: var(--data); }
`;
