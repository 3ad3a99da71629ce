// The onnx package's backend tests (tests/onnx/generate.py makes them).
// tests/onnx/passing.txt names those that pass; it may only grow: toolchain/test onnx --update writes it.
import { backend_cases, golden_names } from '../onnx/backend.mjs';
import { left_out, noisy, noisy_atol } from '../onnx/errata.mjs';

export const cases = async (t) => backend_cases(t, {
  folder: '', golden: await golden_names(t, 'tests/onnx/passing.txt'), noisy, noisy_atol,
  apart: (name) => left_out.find(([pattern]) => pattern.test(name))?.[1],
});
