"""Writes backend tests as two files that every host can read: index.json and data.bin.

    generate.py OUT         those of the onnx package; needs onnx, numpy and ml_dtypes (requirements.txt)
    generate.py OUT PACK    those of a .tar.xz of folders with a model.onnx, test_data_set_N/{input,output}_N.pb and perhaps a
                            data.json of tolerances

index.json: { onnx, tests: [{ name, rtol, atol, operators: ["domain:Op"], model: [offset, bytes],
              sets: [{ inputs: {name: value}, outputs: [[name, value]] }] }] }
value: { type, dims, at: [offset, bytes] } | { type, dims, strings } | { sequence: [value] } | null
"""
import json
import os
import sys
import tarfile
import warnings

import numpy as np
import onnx
from onnx import numpy_helper
from onnx.backend.test.loader import load_model_tests

warnings.filterwarnings('ignore')

TYPES = ['', 'float32', 'uint8', 'int8', 'uint16', 'int16', 'int32', 'int64', 'string', 'bool', 'float16', 'float64', 'uint32', 'uint64',
         'complex64', 'complex128', 'bfloat16', 'float8e4m3fn', 'float8e4m3fnuz', 'float8e5m2', 'float8e5m2fnuz', 'uint4', 'int4',
         'float4e2m1', 'float8e8m0', 'uint2', 'int2']


def operators_of(model):
    local = {(f.domain, f.name) for f in model.functions}
    found = set()

    def visit(nodes):
        for node in nodes:
            if (node.domain, node.op_type) not in local:
                found.add(('' if node.domain == 'ai.onnx' else node.domain) + ':' + node.op_type)
            for attribute in node.attribute:
                for graph in [attribute.g, *attribute.graphs]:
                    visit(graph.node)

    visit(model.graph.node)
    for function in model.functions:
        visit(function.node)
    return sorted(found)


class Writer:
    def __init__(self, out):
        self.file = open(os.path.join(out, 'data.bin'), 'wb')
        self.at = 0

    def put(self, data):
        pad = -self.at % 16
        self.file.write(b'\0' * pad + data)
        place = [self.at + pad, len(data)]
        self.at += pad + len(data)
        return place

    def value(self, value, proto):
        if proto is not None and proto.HasField('optional_type'):
            return None if value is None else self.value(value, proto.optional_type.elem_type)
        if value is None:
            return None
        if isinstance(value, (list, tuple)):
            inner = proto.sequence_type.elem_type if proto is not None and proto.HasField('sequence_type') else None
            return {'sequence': [self.value(v, inner) for v in value]}
        code = proto.tensor_type.elem_type if proto is not None else 0
        if isinstance(value, onnx.TensorProto):
            tensor = value
        else:
            array = np.asarray(value)
            if code == 8:
                array = array.astype(object)
            elif code:
                dtype = onnx.helper.tensor_dtype_to_np_dtype(code)
                if array.dtype != dtype:
                    array = array.view(dtype) if array.dtype.itemsize == dtype.itemsize and array.dtype.kind in 'uV' else array.astype(dtype)
            tensor = numpy_helper.from_array(array)
        out = {'type': TYPES[tensor.data_type], 'dims': list(tensor.dims)}
        if tensor.data_type == 8:
            out['strings'] = [s.decode('utf-8', 'replace') for s in tensor.string_data]  # one old case has broken text
        else:
            if not tensor.HasField('raw_data'):
                tensor = numpy_helper.from_array(numpy_helper.to_array(tensor))
            out['at'] = self.put(tensor.raw_data)
        return out


def load_bytes(data, proto):
    if proto.HasField('sequence_type'):
        value = onnx.SequenceProto()
        value.ParseFromString(data)
        return numpy_helper.to_list(value)
    if proto.HasField('optional_type'):
        value = onnx.OptionalProto()
        value.ParseFromString(data)
        return numpy_helper.to_optional(value)
    value = onnx.TensorProto()
    value.ParseFromString(data)
    if proto.tensor_type.elem_type == onnx.TensorProto.BFLOAT16 and value.data_type == onnx.TensorProto.UINT16:
        value.data_type = onnx.TensorProto.BFLOAT16  # older releases stored the bits
    return value


def load_file(path, proto):
    with open(path, 'rb') as f:
        return load_bytes(f.read(), proto)


def dummy(port):  # what onnx's own runner feeds to the light models
    shape = tuple(d.dim_value if d.HasField('dim_value') else 1 for d in port.type.tensor_type.shape.dim)
    n = np.prod(shape)
    return (np.arange(n).reshape(shape) / n).astype(np.float32)


def files_of(test):
    root = os.path.dirname(onnx.__file__)
    if test.model_dir is None:
        path = os.path.join(os.path.dirname(root), test.url)
        model = onnx.load(path)
        inits = {i.name for i in model.graph.initializer}
        inputs = [dummy(p) if p.name not in inits else None for p in model.graph.input]
        outputs = [load_file(f'{path[:-5]}_output_{i}.pb', p.type) for i, p in enumerate(model.graph.output)]
        return model, [(inputs, outputs)], inits
    model = onnx.load(os.path.join(test.model_dir, 'model.onnx'))
    sets = []
    for name in sorted(os.listdir(test.model_dir)):
        folder = os.path.join(test.model_dir, name)
        if not name.startswith('test_data_set'):
            continue
        def read(prefix, ports):
            out = []
            for i, port in enumerate(ports):
                path = os.path.join(folder, f'{prefix}_{i}.pb')
                if not os.path.exists(path):
                    break
                out.append(load_file(path, port.type))
            return out
        sets.append((read('input', model.graph.input), read('output', model.graph.output)))
    return model, sets, set()


def package_tests():
    for kind in ['node', 'simple', 'pytorch-converted', 'pytorch-operator', 'real']:
        for test in sorted(load_model_tests(kind=kind), key=lambda t: t.name):
            model, sets, inits = (test.model, test.data_sets, set()) if kind == 'node' else files_of(test)
            yield test.name, test.rtol, test.atol, model, sets, inits


def pack_tests(path):
    folders = {}  # name of the test: { path in its folder: bytes }
    with tarfile.open(path) as tar:
        for member in tar:
            if member.isfile():
                _, name, rest = member.name.removeprefix('./').split('/', 2)
                folders.setdefault(name, {})[rest] = tar.extractfile(member).read()
    for name, files in sorted(folders.items()):
        model = onnx.load_from_string(files['model.onnx'])
        tolerance = json.loads(files.get('data.json', b'{}'))
        numbers = sorted({int(f.split('/')[0].rsplit('_', 1)[1]) for f in files if f.startswith('test_data_set_')})


        def read(number, prefix, ports):
            return [load_bytes(files[f'test_data_set_{number}/{prefix}_{i}.pb'], p.type) for i, p in enumerate(ports)]
        # A set of test_resize-pack_02 has an input more than the model.
        fit = [n for n in numbers if f'test_data_set_{n}/input_{len(model.graph.input)}.pb' not in files]
        sets = [(read(n, 'input', model.graph.input), read(n, 'output', model.graph.output)) for n in fit]
        yield name, tolerance.get('rtol', 1e-3), tolerance.get('atol', 1e-7), model, sets, set()


def main(out, pack=None):
    os.makedirs(out, exist_ok=True)
    writer = Writer(out)
    tests = []
    for name, rtol, atol, model, sets, inits in pack_tests(pack) if pack else package_tests():
        entry = {'name': name, 'rtol': rtol, 'atol': atol, 'operators': operators_of(model), 'sets': []}
        entry['model'] = writer.put(model.SerializeToString())
        for inputs, outputs in sets:
            entry['sets'].append({
                'inputs': {p.name: writer.value(v, p.type) for p, v in zip(model.graph.input, inputs) if p.name not in inits},
                'outputs': [[p.name, writer.value(v, p.type)] for p, v in zip(model.graph.output, outputs)]})
        tests.append(entry)
    with open(os.path.join(out, 'index.json'), 'w', encoding='utf-8') as f:
        json.dump({'onnx': onnx.__version__, 'tests': tests}, f)
    print(f'{len(tests)} backend tests of {os.path.basename(pack) if pack else "onnx " + onnx.__version__}')


main(*sys.argv[1:])
