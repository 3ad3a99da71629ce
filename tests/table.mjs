// The project's X-macro tables, read by tests: operators and errors.

const domains = { onnx: '', ml: 'ai.onnx.ml', ms: 'com.microsoft', microsoft: 'com.microsoft', mote: 'mote',
  training: 'ai.onnx.preview.training', preview: 'ai.onnx.preview' };

// Rows of runtime/ops.def: { name, op, domain, where }
export const operators = (text) => [...text.matchAll(/^OP\((\w+),\s*"([^"]*)",\s*"?([\w.]*)"?(?:,\s*(\w+))?\s*\)/gm)]
  .map(([, name, op, domain, where]) => ({ name, op, domain: domains[domain] ?? domain, where }));

// Rows of compiler/rewrites.def: { op, domain }
export const rewrites = (text) => [...text.matchAll(/^REWRITE\(\w+, "(\w+)", (\w+)\)/gm)].map(([, op, domain]) => ({ op, domain: domains[domain] }));

// Codes of an errors.def
export const errors = (text) => [...text.matchAll(/^ERROR\((\w+),/gm)].map(([, code]) => code);

// Its rows, [code, sentence].
export const sentences = (text) => [...text.matchAll(/^ERROR\((\w+),\s*"(.*)"\)$/gm)].map(([, code, sentence]) => [code, sentence]);
