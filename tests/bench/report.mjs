// The results of --json as Markdown and as a chart: node tests/bench/report.mjs OUT.json writes OUT.md and OUT.svg.
import { readFileSync, writeFileSync } from 'node:fs';

const path = process.argv[2], base = path.replace(/\.json$/, ''), { models, kernels } = JSON.parse(readFileSync(path, 'utf8'));
const ms = (x) => x.toFixed(x < 1 ? 3 : x < 10 ? 2 : 1);
const table = (titles, lines) => [titles, titles.map((_, i) => i ? '---:' : '---'), ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
const names = { ort: 'onnxruntime-web', 'ort:2': 'onnxruntime-web, 2 threads', native: 'onnxruntime-node' };
const name = (engine) => names[engine] ?? `Mote ${engine.replace(':2', ', 2 threads')}`;

const parts = [], bars = [];  // bars: { title, engines: [[name, ratio to onnxruntime-web on one thread]] }
if (models?.results.length) {
  const engines = Object.keys(models.results[0].engines);
  parts.push('## Models', '', 'Least / median ms, and onnxruntime-web on one thread ÷ each, of the least.', '',
    table(['model', ...engines.map(name)], models.results.map((r) => [r.model, ...engines.map((e) => `${ms(r.engines[e].min)} / ${ms(r.engines[e].median)}${e === 'ort' ? '' : ` (${(r.engines.ort.min / r.engines[e].min).toFixed(2)})`}`)])
      .concat([['geometric mean', '', ...engines.slice(1).map((e) => models.means[e].min?.toFixed(2) ?? '')]])), '');
  for (const r of models.results) bars.push({ title: r.model, engines: engines.slice(1).map((e) => [name(e), r.engines.ort.min / r.engines[e].min]) });
  for (const failure of models.failures) parts.push(`failed: ${failure}`, '');
}
if (kernels?.results.length) {
  const { peak } = kernels;
  parts.push('## Operators', '', ...peak ? [`Peak measured in this run: ${ms(peak.simd)} GFLOP/s (simd)${peak.relaxed ? `, ${ms(peak.relaxed)} (relaxed)` : ''}; copy ${ms(peak.copy)} GB/s.`, ''] : [],
    table(['operator', 'variant', 'Mote ms', 'onnxruntime-web ms', 'ratio', 'onnxruntime-node ms', 'GFLOP/s', 'GB/s', 'call 1 ÷ 100'], kernels.results.map((r) => [r.op, r.variant, ms(r.mote.least), ms(r.ort.least),
      (r.ort.least / r.mote.least).toFixed(2), r.native ? ms(r.native.least) : '', r.flops ? (r.flops / r.mote.least / 1e6).toFixed(1) : '', (r.bytes / r.mote.least / 1e6).toFixed(1), r.first.toFixed(1)])), '');
  for (const r of kernels.results) bars.push({ title: `${r.op} (${r.variant})`, engines: [['Mote', r.ort.least / r.mote.least]] });
}
writeFileSync(`${base}.md`, `# Benchmarks\n\n${parts.join('\n')}`);

// One row a bar, on a scale of logarithms; the line is onnxruntime-web on one thread.
const colours = ['#4e79a7', '#f28e2b', '#59a14f', '#e15759', '#76b7b2', '#edc948'], height = 12, left = 260, width = 640;
const labels = [...new Set(bars.flatMap((b) => b.engines.map(([n]) => n)))], text = (x, y, s, more = '') => `<text x="${x}" y="${y}" ${more}>${s}</text>`;
const at = (ratio) => left + width * Math.min(1, Math.max(0, (Math.log2(ratio) + 1) / 5));  // from a half to 16
let y = 30;
const drawn = [...labels.map((label, i) => `<rect x="${left + i * 170}" y="6" width="10" height="10" fill="${colours[i % colours.length]}"/>${text(left + i * 170 + 14, 15, label)}`)];
for (const bar of bars) {
  drawn.push(text(left - 8, y + height, bar.title, 'text-anchor="end"'));
  for (const [label, ratio] of bar.engines) {
    const from = Math.min(at(1), at(ratio)), to = Math.max(at(1), at(ratio));
    drawn.push(`<rect x="${from}" y="${y}" width="${Math.max(1, to - from)}" height="${height - 2}" fill="${colours[labels.indexOf(label) % colours.length]}"/>`, text(to + 4, y + height - 3, ratio.toFixed(2)));
    y += height;
  }
  y += 6;
}
drawn.push(`<line x1="${at(1)}" x2="${at(1)}" y1="24" y2="${y}" stroke="#888"/>`);
writeFileSync(`${base}.svg`, `<svg xmlns="http://www.w3.org/2000/svg" width="${left + width + 60}" height="${y + 10}" font-family="sans-serif" font-size="10">\n${drawn.join('\n')}\n</svg>\n`);
