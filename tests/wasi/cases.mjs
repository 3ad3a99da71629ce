// The command, on wasmtime, node:wasi and natively: the same answers from .npy to .npy, and errors as exit
// code and sentence.
import { cpSync, existsSync, lstatSync, mkdirSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { run_command } from '../hosts/command.mjs';
import { add_model, floats, growing_loop, make_model } from '../models.mjs';
import { read_npy, write_npy } from '../npy.mjs';
import { node, port, tensor } from '../onnx_writer.mjs';
import { difference } from '../tensors.mjs';
import { models } from '../zoo/cases.mjs';

const safe = (name) => name.replace(/[^A-Za-z0-9._-]/gu, '_');

// A fresh folder for one case, with the files given.
function folder_of(t, name, files = {}) {
  const folder = `${t.root}build/tests/wasi-${t.host}-${t.variant}/${name}`;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const [file, bytes] of Object.entries(files)) writeFileSync(`${folder}/${file}`, bytes);
  return folder;
}

function good(t, folder, args) {
  const r = run_command(t, folder, args);
  if (r.code !== 0) t.fail(`mote ${args.join(' ')}: exit code ${r.code}: ${r.err || r.out}`);
  return r;
}

function bad(t, folder, args, pattern, code = 1) {
  const r = run_command(t, folder, args);
  if (r.code === 0) t.fail(`mote ${args.join(' ')} succeeded`);
  if (r.code !== code) t.fail(`exit code ${r.code}, expected ${code}: ${r.err.slice(0, 500)}`);
  if (!pattern.test(r.err)) t.fail(`expected a sentence like ${pattern}, got: ${r.err}`);
  if (r.err.trim().split('\n').length > (code === 2 ? 3 : 1)) t.fail(`more than a sentence: ${r.err}`);
}

async function zoo_model(t, name) {
  const from = `${t.root}build/zoo/${name}`;
  if (!existsSync(from)) t.fail('the model is not in build/zoo');
  const info = JSON.parse(readFileSync(`${from}/case.json`, 'utf8'));
  const folder = folder_of(t, name);
  cpSync(from, folder, { recursive: true });
  const { out } = good(t, folder, ['inspect', 'model.onnx']);
  if (!out.endsWith('missing  nothing\n') || !/^operators  [1-9]/m.test(out)) t.fail(`inspect prints: ${out}`);
  for (const [i, k] of info.cases.entries()) {
    good(t, folder, ['run', 'model.onnx', ...k.inputs.flatMap((x) => ['--input', `${x.name}=${x.file}`]), '--output', `out${i}`]);
    for (const [index, o] of k.outputs.entries()) {
      const got = read_npy(readFileSync(`${folder}/out${i}/${index}_${safe(o.name)}.npy`));
      const d = difference(got, read_npy(readFileSync(`${from}/${o.file}`)), info.tolerance, `case ${i} ${o.name}`);
      if (d) t.fail(d);
    }
  }
  rmSync(folder, { recursive: true });
}

const x_file = (...values) => write_npy(floats(...values));

// A .npy file of any version and type.
function npy_file(descr, shape, data, { version = 1, fortran = false, header } = {}) {
  header ??= `{'descr': '${descr}', 'fortran_order': ${fortran ? 'True' : 'False'}, 'shape': (${shape.map((d) => `${d},`).join(' ')}), }\n`;
  const start = Buffer.alloc(version > 1 ? 12 : 10);
  start.write('\x93NUMPY', 'latin1');
  start[6] = version;
  if (version > 1) start.writeUInt32LE(header.length, 8);
  else start.writeUInt16LE(header.length, 8);
  return Buffer.concat([start, Buffer.from(header, 'latin1'), Buffer.from(data)]);
}

// The bytes of the elements in an .npy file, and its header.
function open_npy(path) {
  const file = readFileSync(path), start = 10 + file.readUInt16LE(8);
  if (start % 64) throw new Error(`${path}: elements begin at byte ${start}`);
  return { header: file.toString('latin1', 10, start), data: [...file.subarray(start)] };
}

const identity = (type, dims = ['n'], kind = undefined) => make_model({
  inputs: [port('x', type, dims, kind)], outputs: [port('y', type, dims, kind)], nodes: [node('Identity', ['x'], ['y'])] });

// Type of the model, of the file, bytes of two elements in the file, of what comes back if that differs.
const element_types = [
  ['bool', '|b1', [0, 1]], ['bool', '|b1', [0, 7], [0, 1]], ['int8', '|i1', [255, 1]], ['uint8', '|u1', [255, 1]],
  ['int16', '<i2', [1, 2, 3, 4]], ['int16', '>i2', [1, 2, 3, 4], [2, 1, 4, 3]], ['uint16', '<u2', [1, 2, 3, 4]],
  ['int32', '<i4', [1, 2, 3, 4, 5, 6, 7, 8]], ['uint32', '=u4', [1, 2, 3, 4, 5, 6, 7, 8]],
  ['int64', '<i8', [...Array(16).keys()]], ['uint64', '<u8', [...Array(16).keys()]],
  ['float16', '<f2', [0, 60, 0, 192]], ['float32', '<f4', [0, 0, 128, 63, 0, 0, 0, 64]],
  ['float32', '>f4', [63, 128, 0, 0, 64, 0, 0, 0], [0, 0, 128, 63, 0, 0, 0, 64]], ['float64', '<f8', [...Array(16).keys()]],
  ['complex64', '<c8', [...Array(16).keys()]], ['complex64', '>c8', [...Array(16).keys()], [3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12]],
  ['complex128', '<c16', [...Array(32).keys()]],
  ['bfloat16', '<V2', [128, 191, 128, 63]], ['bfloat16', '|V2', [128, 191, 128, 63]],
  ['float8e4m3fn', '|V1', [184, 56]], ['float8e4m3fnuz', '|V1', [184, 56]], ['float8e5m2', '<f1', [188, 60]], ['float8e5m2fnuz', '|V1', [188, 60]],
  ['float8e8m0', '<V1', [127, 129]], ['float4e2m1', '|V1', [10, 2]], ['int4', '|V1', [15, 1]], ['int4', '|V1', [255, 8], [15, 8]],
  ['uint4', '|V1', [15, 1]], ['uint4', '|V1', [31, 1], [15, 1]], ['int2', '|V1', [3, 1]], ['uint2', '|V1', [3, 1]],
];
const written_as = { bfloat16: '<V2', int8: '|i1', uint8: '|u1', uint32: '<u4' };
const utf32 = (...texts) => {
  const width = Math.max(...texts.map((s) => [...s].length)), data = Buffer.alloc(4 * width * texts.length);
  texts.forEach((s, i) => [...s].forEach((c, k) => data.writeUInt32LE(c.codePointAt(0), 4 * (i * width + k))));
  return npy_file(`<U${width}`, [texts.length], data);
};

const small = [
  ['run', (t) => {
    const folder = folder_of(t, 'run', { 'm.onnx': add_model(), 'x.npy': x_file(1, 2) });
    good(t, folder, ['run', 'm.onnx', '--input', 'x=x.npy', '--output', 'out']);
    const d = difference(read_npy(readFileSync(`${folder}/out/0_y.npy`)), floats(11, 12));
    if (d) t.fail(d);
  }],
  ['inspect', (t) => {
    const folder = folder_of(t, 'inspect', { 'm.onnx': add_model() });
    const print = () => good(t, folder, ['inspect', 'm.onnx']).out;
    t.equal(print(), 'opsets  ai.onnx 17\ninputs\n  x  float32 [n]\noutputs\n  y  float32 [n]\nweights  1, 4 bytes\noperators  1 nodes\n  Add  1\nmissing  nothing\n', 'add');
    writeFileSync(`${folder}/m.onnx`, make_model({ opsets: { '': 17, 'com.example': 3 }, inputs: [port('a', 'int64', [2, ''])], outputs: [port('b', 'float32', null)],
      initializers: [tensor('w', 'float32', [3, 2], null, { external: { location: 'sub/w.bin' } })],
      nodes: [node('Odd', ['a', 'w'], ['c'], { domain: 'com.example' }), node('Odd', ['c'], ['b'], { domain: 'com.example' })] }));
    t.equal(print(), `opsets  ai.onnx 17, com.example 3
inputs
  a  int64 [2,?]
outputs
  b  float32 of unknown rank
weights  1, 24 bytes
  in sub/w.bin
operators  2 nodes
  com.example.Odd  2
missing  com.example.Odd (2 nodes)
`, 'operators that are missing');
  }],
  ['inspect: subgraphs and functions count', (t) => {
    const { out } = good(t, folder_of(t, 'inspect_deep', { 'm.onnx': growing_loop() }), ['inspect', 'm.onnx']);
    for (const line of ['  Loop  1', '  Where  1', 'operators  7 nodes', 'weights  3, 20 bytes', '  steps  int64 []'])
      if (!out.split('\n').includes(line)) t.fail(`no line '${line}' in: ${out}`);
  }],
  ['names of outputs stay in the folder', (t) => {
    const name = '../../evil/a b:c';
    const folder = folder_of(t, 'names', { 'x.npy': x_file(1),
      'm.onnx': make_model({ inputs: [port('x', 'float32', ['n'])], outputs: [port(name, 'float32', ['n'])], nodes: [node('Relu', ['x'], [name])] }) });
    good(t, folder, ['run', 'm.onnx', '--input', 'x=x.npy', '--output', 'out']);
    t.equal(readdirSync(`${folder}/out`), [`0_${safe(name)}.npy`], 'files');
    t.equal(readdirSync(folder).sort(), ['m.onnx', 'out', 'x.npy'], 'folder');
  }],
  ['long names and names with =', (t) => {
    const name = `a=${'b'.repeat(300)}`;
    const folder = folder_of(t, 'long', { 'x.npy': x_file(1),
      'm.onnx': make_model({ inputs: [port('a', 'float32', ['n']), port('a=b', 'float32', ['n'])], outputs: [port(name, 'float32', ['n'])], nodes: [node('Sub', ['a', 'a=b'], [name])] }),
      'y.npy': x_file(5) });
    good(t, folder, ['run', 'm.onnx', '--input', 'a=b=x.npy', '--input', 'a=y.npy', '--output', './deep/er/out/']);
    const [file, ...more] = readdirSync(`${folder}/deep/er/out`);
    t.equal([file.length, file.slice(0, 5), more.length], [204, '0_a_b', 0], 'the file');
    const d = difference(read_npy(readFileSync(`${folder}/deep/er/out/${file}`)), floats(4));
    if (d) t.fail(d);
  }],
  ['a link in the folder is not followed', (t) => {
    const folder = folder_of(t, 'link', { 'm.onnx': add_model(), 'x.npy': x_file(1), 'precious': 'as before' });
    mkdirSync(`${folder}/out`);
    symlinkSync('../precious', `${folder}/out/0_y.npy`);
    // the second replaces the first's
    for (let i = 0; i < 2; ++i) good(t, folder, ['run', 'm.onnx', '--input', 'x=x.npy', '--output', 'out']);
    t.equal(readFileSync(`${folder}/precious`, 'utf8'), 'as before', 'the file');
    t.equal(lstatSync(`${folder}/out/0_y.npy`).isFile(), true, 'a file of its own');
  }],
  ['strings become JSON', (t) => {
    const folder = folder_of(t, 'strings', { 'm.onnx': make_model({ outputs: [port('s', 'string', [2])],
      initializers: [tensor('w', 'string', [2], ['one "two"', 'ü'])], nodes: [node('Identity', ['w'], ['s'])] }) });
    good(t, folder, ['run', 'm.onnx', '--output', 'out']);
    const text = readFileSync(`${folder}/out/0_s.json`, 'utf8');
    if (!JSON.stringify(JSON.parse(text)).includes(JSON.stringify(['one "two"', 'ü']).slice(1, -1))) t.fail(`it wrote ${text}`);
  }],
  ['sequences and maps become JSON', (t) => {
    const zip = (keys) => node('ZipMap', ['p'], [`by_${Object.keys(keys)[0]}`], { domain: 'ai.onnx.ml', attributes: keys });
    const folder = folder_of(t, 'json', { 'p.npy': write_npy({ type: 'float32', dims: [2, 2], data: Float32Array.of(0.1, NaN, -Infinity, 1e-10) }),
      'i.npy': write_npy({ type: 'uint64', dims: [1], data: BigUint64Array.of(2n ** 64n - 1n) }), 's.npy': utf32('"\n\u0001\\'),
      'b.npy': write_npy({ type: 'bool', dims: [2], data: Uint8Array.of(1, 0) }), 'c.npy': write_npy({ type: 'complex64', dims: [], data: Float32Array.of(1.5, -0) }),
      'm.onnx': make_model({ opsets: { '': 17, 'ai.onnx.ml': 3 },
        inputs: [port('p', 'float32', [2, 2]), ...[['i', 'uint64', [1]], ['s', 'string', [1]], ['b', 'bool', [2]], ['c', 'complex64', []]].map((x) => port(...x))],
        outputs: [port('by_classlabels_strings', 'float32', null, 'sequence'), port('by_classlabels_int64s', 'float32', null, 'sequence'),
          ...['float32', 'uint64', 'string', 'bool', 'complex64'].map((type) => port(`of_${type}`, type, null, 'sequence')), port('none', 'float32', null, 'sequence')],
        nodes: [zip({ classlabels_strings: { strings: ['cat', 'a "dog"'] } }), zip({ classlabels_int64s: [-7, 8] }),
          node('SequenceConstruct', ['p', 'p'], ['of_float32']), node('SequenceConstruct', ['i'], ['of_uint64']), node('SequenceConstruct', ['s'], ['of_string']),
          node('SequenceConstruct', ['b'], ['of_bool']), node('SequenceConstruct', ['c'], ['of_complex64']), node('SequenceEmpty', [], ['none'])] }) });
    good(t, folder, ['run', 'm.onnx', ...['p', 'i', 's', 'b', 'c'].flatMap((x) => ['--input', `${x}=${x}.npy`]), '--output', 'out']);
    const p = '{"type":"float32","dims":[2,2],"data":[0.1,"nan","-inf",1e-10]}';
    const wanted = {
      '0_by_classlabels_strings': '[{"cat":0.1,"a \\"dog\\"":"nan"},{"cat":"-inf","a \\"dog\\"":1e-10}]',
      '1_by_classlabels_int64s': '[{"-7":0.1,"8":"nan"},{"-7":"-inf","8":1e-10}]',
      '2_of_float32': `[${p},${p}]`,
      '3_of_uint64': '[{"type":"uint64","dims":[1],"data":[18446744073709551615]}]',
      '4_of_string': '[{"type":"string","dims":[1],"data":["\\"\\u000a\\u0001\\\\"]}]',
      '5_of_bool': '[{"type":"bool","dims":[2],"data":[true,false]}]',
      '6_of_complex64': '[{"type":"complex64","dims":[],"data":[[1.5,-0.0]]}]',
      '7_none': '[]',
    };
    for (const [name, text] of Object.entries(wanted)) {
      const got = readFileSync(`${folder}/out/${name}.json`, 'utf8');
      t.equal(got, `${text}\n`, name);
      JSON.parse(got);
    }
  }],
  ['an absent optional becomes null', (t) => {
    const folder = folder_of(t, 'absent', { 'm.onnx': identity('float32', ['n'], 'optional') });
    good(t, folder, ['run', 'm.onnx', '--output', 'out']);
    t.equal(JSON.parse(readFileSync(`${folder}/out/0_y.json`, 'utf8')), null, 'the value');
  }],
  ['types of .npy', (t) => {
    const folder = folder_of(t, 'types');
    for (const [type, descr, data, back = data] of element_types) {
      writeFileSync(`${folder}/m.onnx`, identity(type));
      writeFileSync(`${folder}/x.npy`, npy_file(descr, [2], data));
      good(t, folder, ['run', 'm.onnx', '--input', 'x=x.npy', '--output', 'out']);
      const got = open_npy(`${folder}/out/0_y.npy`);
      t.equal(got.data, back, `${type} from ${descr}`);
      const wanted = written_as[type] ?? (descr === '<f1' || descr[1] === 'V' ? '|V1' : descr.replace(/[>=]/, '<'));
      t.equal(got.header.match(/'descr': '(.*?)'/)[1], wanted, `descr of ${type}`);
    }
  }],
  ['versions and orders of .npy', (t) => {
    const folder = folder_of(t, 'orders', { 'm.onnx': identity('int32', ['a', 'b', 'c']) });
    const at = (order) => [...new Uint8Array(Int32Array.from(order).buffer)];
    const c_order = [...Array(12).keys()];  // [2, 3, 2]: the element at [i, j, k] is 6 i + 2 j + k
    const f_order = [0, 6, 2, 8, 4, 10, 1, 7, 3, 9, 5, 11];
    for (const version of [1, 2, 3]) {
      for (const fortran of [false, true]) {
        writeFileSync(`${folder}/x.npy`, npy_file('<i4', [2, 3, 2], at(fortran ? f_order : c_order), { version, fortran }));
        good(t, folder, ['run', 'm.onnx', `--input=x=x.npy`, '--output=out']);
        const { header, data } = open_npy(`${folder}/out/0_y.npy`);
        t.equal(data, at(c_order), `version ${version}, fortran_order ${fortran}`);
        t.equal(/'fortran_order': False, 'shape': \(2, 3, 2\), }/.test(header), true, header);
      }
    }
    const wide = [1000, 30, 1];  // more than one window
    writeFileSync(`${folder}/x.npy`, npy_file('<i4', wide, at([...Array(30000).keys()]), { fortran: true }));
    good(t, folder, ['run', 'm.onnx', '--input', 'x=x.npy', '--output', 'out']);
    t.equal(open_npy(`${folder}/out/0_y.npy`).data, at([...Array(30000).keys()].map((i) => Math.floor(i / 30) + 1000 * (i % 30))), 'a wide one');
    writeFileSync(`${folder}/m.onnx`, identity('int32', []));
    writeFileSync(`${folder}/x.npy`, npy_file('', [], at([7]), { header: `{"shape":(), "descr" : "<i4","fortran_order":False}` }));
    good(t, folder, ['run', 'm.onnx', '--input', 'x=x.npy', '--output', 'out']);
    t.equal(open_npy(`${folder}/out/0_y.npy`).data, at([7]), 'a scalar');
  }],
  ['strings of .npy', (t) => {
    const folder = folder_of(t, 'texts', { 'm.onnx': identity('string'), 'u.npy': utf32('aß', '', '日本語😀'),
      's.npy': npy_file('|S3', [2], [97, 0, 0, 98, 99, 100]), 'bad.npy': npy_file('<U1', [1], [0, 216, 0, 0]), 'none.npy': npy_file('<U0', [2], []) });
    const read = (file) => {
      good(t, folder, ['run', 'm.onnx', '--input', `x=${file}`, '--output', 'out']);
      return JSON.parse(readFileSync(`${folder}/out/0_y.json`, 'utf8'));
    };
    t.equal(read('u.npy'), { type: 'string', dims: [3], data: ['aß', '', '日本語😀'] }, 'U');
    t.equal(read('s.npy').data, ['a', 'bcd'], 'S');
    t.equal(read('bad.npy').data, ['\ufffd'], 'half a character');
    t.equal(read('none.npy').data, ['', ''], 'U0');
  }],
  ['bad .npy files', (t) => {
    const folder = folder_of(t, 'bad_npy', { 'm.onnx': identity('float32') });
    const refused = (file, pattern) => {
      writeFileSync(`${folder}/x.npy`, file);
      bad(t, folder, ['run', 'm.onnx', '--input', 'x=x.npy', '--output', 'out'], pattern);
    };
    const header = (text) => npy_file('', [], [], { header: text });
    refused('', /x\.npy/);
    refused('\x93NUMPY', /x\.npy/);
    refused(npy_file('<f4', [2], [0, 0, 0, 0]), /x\.npy.*cut short.*4.*8/);
    refused(npy_file('<f4', [2], [], { version: 4 }), /version/);
    refused(npy_file('<f4', [2], []).subarray(0, 30), /cut short/);
    refused(npy_file('|O', [2], []), /'\|O'/);
    refused(npy_file('<M8', [2], []), /M8/);
    refused(npy_file('<f', [2], []), /'<f'/);
    refused(npy_file('<f99999999999999', [2], []), /f99999/);
    refused(npy_file('<f16', [2], []), /kind f and 16 bytes.*float32/);
    refused(npy_file('|V4', [2], []), /kind V and 4 bytes.*float32/);
    refused(npy_file('<U4', [1], [0]), /cut short|string/);
    refused(npy_file('<f4', [2], []).fill(255, 20), /x\.npy/);
    refused(header(`{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (2,), }`), /fields/);
    refused(header(`{'descr': '<f4', 'shape': (2,), }`), /damaged/);
    refused(header(`{'descr': '<f4', 'fortran_order': False, 'shape': (2 3), }`), /damaged/);
    refused(header(`{'descr': '<f4', 'fortran_order': False, 'shape': (-2,), }`), /damaged/);
    refused(header(`{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,), }`), /too large/);
    refused(npy_file('<f4', [2 ** 62, 0], []), /rank|shape/);
    refused(npy_file('<f4', [2 ** 53 - 1], []), /'x'.*(overflows|is too large)|memory ran out/);
    refused(npy_file('<f4', Array(9).fill(1), [0, 0, 0, 0]), /rank 9/);
  }],
  ['external data beside the model', (t) => {
    const w = tensor('w', 'float32', [1], null, { external: { location: 'w.bin', offset: 4, length: 4 } });
    const folder = folder_of(t, 'external', { 'x.npy': x_file(1), 'w.bin': new Uint8Array(Float32Array.of(5, 7).buffer),
      'm.onnx': make_model({ inputs: [port('x', 'float32', ['n'])], outputs: [port('y', 'float32', ['n'])], initializers: [w], nodes: [node('Add', ['x', 'w'], ['y'])] }) });
    good(t, folder, ['run', 'm.onnx', '--input', 'x=x.npy', '--output', 'out']);
    const d = difference(read_npy(readFileSync(`${folder}/out/0_y.npy`)), floats(8));
    if (d) t.fail(d);
  }],
  ['memory that runs out', (t) => {
    if (t.host === 'node-wasi' || t.variant.endsWith('-san')) t.skip('the host cannot be told how much memory there is');
    const folder = folder_of(t, 'memory', { 'm.onnx': make_model({ inputs: [port('x', 'float32', ['n'])], outputs: [port('y', 'float32', ['n'])],
      nodes: Array.from({ length: 8000 }, (_, i) => node('Relu', [i ? `h${i - 1}` : 'x'], [i === 7999 ? 'y' : `h${i}`])) }), 'x.npy': x_file(1) });
    let failed = 0;
    for (let memory = 1 << 20; ; memory = Math.ceil(memory * 1.2)) {
      const r = run_command(t, folder, ['run', 'm.onnx', '--input', 'x=x.npy', '--output', 'out'], memory);
      if (r.code === 0) break;
      if (r.code === 1 && /^mote: .*memory ran out.*\n$/.test(r.err)) ++failed;
      // before: too little for the program itself
      else if (failed || memory > 1e8) t.fail(`${memory} bytes: exit code ${r.code}: ${r.err}`);
    }
    t.assert(failed >= 2, `it failed only ${failed} times`);
  }],
  ['errors', (t) => {
    const outside = (location) => make_model({ inputs: [port('x', 'float32', ['n'])], outputs: [port('y', 'float32', ['n'])],
      initializers: [tensor('w', 'float32', [1], null, { external: { location } })], nodes: [node('Add', ['x', 'w'], ['y'])] });
    const folder = folder_of(t, 'errors', { 'm.onnx': add_model(), 'x.npy': x_file(1), 'cut.onnx': add_model().slice(0, 60), 'page.onnx': '<!doctype html><html></html>',
      'up.onnx': outside('../w.bin'), 'abs.onnx': outside('/etc/passwd'), 'gone.onnx': outside('w.bin'), 'no.npy': 'no npy',
      'ints.npy': write_npy({ type: 'int64', dims: [1], data: BigInt64Array.of(1n) }) });
    bad(t, folder, [], /usage/, 2);
    bad(t, folder, ['frobnicate'], /frobnicate/, 2);
    bad(t, folder, ['run', '--output', 'out'], /model/, 2);
    bad(t, folder, ['run', 'm.onnx', '--input', 'x=x.npy'], /--output/, 2);
    bad(t, folder, ['run', 'm.onnx', '--input', 'x', '--output', 'out'], /NAME=FILE.*'x'/, 2);
    bad(t, folder, ['run', 'm.onnx', '--output'], /--output needs/, 2);
    bad(t, folder, ['inspect', 'm.onnx', '--input', 'x=x.npy'], /--input/, 2);
    if (!/^usage/.test(good(t, folder, ['--help']).out)) t.fail('no help');
    bad(t, folder, ['inspect', 'page.onnx'], /HTML/);
    bad(t, folder, ['run', '.', '--output', 'out'], /'\.'/);
    bad(t, folder, ['run', 'm.onnx', '--input', 'x=x.npy', '--input', 'x=x.npy', '--output', 'out'], /'x'.*twice/);
    bad(t, folder, ['run', 'm.onnx', '--input', 'x=x.npy', '--output', 'm.onnx'], /m\.onnx/);
    bad(t, folder, ['run', 'm.onnx', '--input', 'x=x.npy', '--output', 'm.onnx/out'], /m\.onnx/);
    bad(t, folder, ['run', 'nowhere.onnx', '--output', 'out'], /nowhere\.onnx/);
    bad(t, folder, ['run', 'cut.onnx', '--output', 'out'], /cut short|damaged/);
    bad(t, folder, ['run', 'page.onnx', '--output', 'out'], /HTML/);
    bad(t, folder, ['run', 'up.onnx', '--input', 'x=x.npy', '--output', 'out'], /\.\.\/w\.bin/);
    bad(t, folder, ['run', 'abs.onnx', '--input', 'x=x.npy', '--output', 'out'], /\/etc\/passwd/);
    bad(t, folder, ['run', 'gone.onnx', '--input', 'x=x.npy', '--output', 'out'], /w\.bin/);
    bad(t, folder, ['run', 'm.onnx', '--output', 'out'], /'x'/);
    bad(t, folder, ['run', 'm.onnx', '--input', 'z=x.npy', '--output', 'out'], /'z'/);
    bad(t, folder, ['run', 'm.onnx', '--input', 'x=no.npy', '--output', 'out'], /no\.npy/);
    bad(t, folder, ['run', 'm.onnx', '--input', 'x=gone.npy', '--output', 'out'], /gone\.npy/);
    bad(t, folder, ['run', 'm.onnx', '--input', 'x=ints.npy', '--output', 'out'], /(?=.*'x')(?=.*int64)(?=.*float32)/);
  }],
];

export function cases(t) {
  const list = small.map(([name, run]) => ({ name, run }));
  for (const name of models) list.push({ name, run: (t) => t.zoo ? zoo_model(t, name) : t.skip('the shared zoo is not at hand') });
  return list;
}
