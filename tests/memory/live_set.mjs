// The live set, counted from the steps of a plan alone: no code is shared with the planner.
// steps: [{ inputs: [value or null], outputs: [value or null] }] in order of execution; place(value) gives
// { offset, bytes, root, isOutput }, offset null where the value lies outside the activation block.
// Values that share memory (views, in place) are one: its life is the union of theirs.

export function lifetimes(steps, place) {
  const lives = new Map();  // root -> { first, last, offset, bytes }
  const touch = (value, at, is_input) => {
    if (value === null || value === undefined) return;
    const p = place(value);
    if (p.offset === null) return;
    const root = place(p.root);
    let life = lives.get(p.root);
    // a value that is read before any step wrote it was fed: it is there from the start
    if (!life) lives.set(p.root, life = { root: p.root, first: is_input ? 0 : at, last: at, offset: root.offset, bytes: root.bytes });
    life.last = Math.max(life.last, at);
    if (p.isOutput) life.last = steps.length - 1;
  };
  steps.forEach((step, at) => {
    for (const v of step.inputs) touch(v, at, true);
    for (const v of step.outputs) touch(v, at, false);
  });
  return [...lives.values()];
}

export function live_set_bytes(steps, place) {
  const lives = lifetimes(steps, place);
  const change = new Array(steps.length + 1).fill(0);
  for (const { first, last, bytes } of lives) {
    change[first] += bytes;
    change[last + 1] -= bytes;
  }
  let now = 0, most = 0;
  for (const c of change) most = Math.max(most, now += c);
  return most;
}

// Two values that are alive at once and share bytes, as a sentence; null if there are none.
export function overlap(steps, place) {
  const lives = lifetimes(steps, place).filter((l) => l.bytes).sort((a, b) => a.offset - b.offset);
  for (let i = 0; i < lives.length; ++i) {
    for (let k = i + 1; k < lives.length && lives[k].offset < lives[i].offset + lives[i].bytes; ++k) {
      const [a, b] = [lives[i], lives[k]];
      if (a.first <= b.last && b.first <= a.last)
        return `values ${a.root} (steps ${a.first}-${a.last}, bytes ${a.offset}+${a.bytes}) and ${b.root} (steps ${b.first}-${b.last}, bytes ${b.offset}+${b.bytes}) overlap`;
    }
  }
  return null;
}
