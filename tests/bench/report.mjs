// The results of --json as Markdown and as a chart: node tests/bench/report.mjs OUT.json writes OUT.md and
// OUT.svg.
import { readFileSync, writeFileSync } from 'node:fs';

const path = process.argv[2], base = path.replace(/\.json$/, ''), { models, kernels } = JSON.parse(readFileSync(path, 'utf8'));
const digits = (x) => x.toFixed(x < 1 ? 3 : x < 10 ? 2 : 1), ms = (x) => x ? digits(x) : '';
const table = (titles, lines) => [titles, titles.map((_, i) => i ? '---:' : '---'), ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
const names = { ort: 'onnxruntime-web', native: 'onnxruntime-node', tfjs: 'tfjs-backend-wasm' };
const name = (engine) => `${names[engine.split(':')[0]] ?? `Mote ${engine.split(':')[0]}`}${engine.endsWith(':2') ? ', 2 threads' : ''}`;
const is_peer = (engine) => !!names[engine.split(':')[0]];

const parts = [], bars = [];  // bars: { title, engines: [[name, ratio to onnxruntime-web on one thread]] }
if (models?.results.length) {
  const engines = Object.keys(models.results[0].engines);
  parts.push('## Models', '', 'Least / median ms, and onnxruntime-web on one thread ÷ each, of the least.', '',
    table(['model', ...engines.map(name)], models.results.map((r) => [r.model, ...engines.map((e) => `${ms(r.engines[e].min)} / ${ms(r.engines[e].median)}${e === 'ort' ? '' : ` (${(r.engines.ort.min / r.engines[e].min).toFixed(2)})`}`)])
      .concat([['geometric mean', '', ...engines.slice(1).map((e) => models.means[e].min?.toFixed(2) ?? '')]])), '');
  for (const r of models.results) bars.push({ title: r.model, engines: engines.slice(1).map((e) => [name(e), r.engines.ort.min / r.engines[e].min]) });
  for (const failure of models.failures) parts.push(`failed: ${failure}`, '');
}

// What of an operator is to be reached, and what misses it; of the first variant, and of simd where that is
// another.
function goals({ engines: of, goal = {}, simd_goal, flops, bytes, peak, copy }, variants) {
  const list = [], own = of[variants[0]].own, ratio = (v) => of.ort.least / of[v].least;
  const add = (value, wanted, text) => list.push(value >= wanted ? text : `**${text}**`);
  if (goal.ratio) add(ratio(variants[0]), goal.ratio, `${goal.ratio} x`);
  if (goal.peak && peak && own) add(flops / own / 1e6 / peak_of(peak, variants[0]), goal.peak, `${goal.peak * 100} % of peak`);
  if (goal.copy && copy && own) add(bytes / own / 1e6 / copy, goal.copy, `${goal.copy * 100} % of copy`);
  if (simd_goal && variants[0] !== 'simd' && of.simd) add(ratio('simd'), simd_goal, `simd ${simd_goal} x`);
  return list.join(', ');
}
const peak_of = (peak, variant) => /relaxed/.test(variant) ? peak.relaxed ?? peak.simd : peak.simd;

if (kernels?.results.length) {
  const { results } = kernels, engines = [...new Set(results.flatMap((r) => Object.keys(r.engines)))], variants = engines.filter((e) => !is_peer(e)), [first] = variants;
  const others = engines.filter(is_peer), percent = (x) => `${(100 * x).toFixed(0)} %`, best = (key) => Math.max(...results.map(({ peak }) => peak?.[key] ?? 0));
  const rates = ({ engines: of, flops, bytes, peak, copy }) => {
    const { own } = of[first], gflops = flops / own / 1e6, gbs = bytes / own / 1e6;
    const computed = `${gflops.toFixed(1)} GFLOP/s${peak ? `, ${percent(gflops / peak_of(peak, first))}` : ''}`, moved = `${gbs.toFixed(1)} GB/s${copy ? `, ${percent(gbs / copy)}` : ''}`;
    return !own ? '' : flops > 4 * bytes ? computed : flops ? `${computed}, ${moved}` : moved;
  };
  parts.push('## Operators', '', `Least ms of whole runs, ${name('ort')} ÷ Mote, and of the operator's own time in ${name(first)} GFLOP/s and their part of the peak, or GB/s and their part of a copy of as many bytes. What misses its goal is bold.`, '',
    ...best('simd') ? [`Peak of a loop of multiply-adds alone, measured in the same runs: up to ${digits(best('simd'))} GFLOP/s (simd)${best('relaxed') ? `, ${digits(best('relaxed'))} (relaxed)` : ''}; copy of 2 MB ${digits(best('copy'))} GB/s.`, ''] : [],
    table(['operator', ...variants.map(name), ...others.map(name), ...variants.map((v) => `ratio, ${v}`), 'own', 'call 1 ÷ 100', 'goal'], results.map((r) => [r.op, ...[...variants, ...others].map((e) => ms(r.engines[e]?.least)),
      ...variants.map((v) => (r.engines.ort.least / r.engines[v].least).toFixed(2)), rates(r), r.engines[first].first.toFixed(1), goals(r, variants)])), '');
  for (const r of results) bars.push({ title: r.op, engines: Object.keys(r.engines).filter((e) => e !== 'ort').map((e) => [name(e), r.engines.ort.least / r.engines[e].least]) });
  for (const failure of kernels.failures) parts.push(`failed: ${failure}`, '');
}
writeFileSync(`${base}.md`, `# Benchmarks\n\n${parts.join('\n')}`);

// One row a bar, on a scale of logarithms; the line is onnxruntime-web on one thread.
const colours = ['#4e79a7', '#f28e2b', '#59a14f', '#e15759', '#76b7b2', '#edc948', '#b07aa1'], height = 12, left = 260, width = 640;
const labels = [...new Set(bars.flatMap((b) => b.engines.map(([n]) => n)))], text = (x, y, s, more = '') => `<text x="${x}" y="${y}" ${more}>${s}</text>`;
// from a half to 16
const at = (ratio) => left + width * Math.min(1, Math.max(0, (Math.log2(ratio) + 1) / 5));
let y = 30;
const drawn = [...labels.map((label, i) => `<rect x="${left + i * 150}" y="6" width="10" height="10" fill="${colours[i % colours.length]}"/>${text(left + i * 150 + 14, 15, label)}`)];
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
writeFileSync(`${base}.svg`, `<svg xmlns="http://www.w3.org/2000/svg" width="${left + Math.max(width + 60, labels.length * 150)}" height="${y + 10}" font-family="sans-serif" font-size="10">\n${drawn.join('\n')}\n</svg>\n`);
