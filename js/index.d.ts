// Mote: runs ONNX models, and graph JSON with weights, in pages, workers and Node.

/** Element types, as ONNX names them. */
export type NumberType = 'float32' | 'float64' | 'float16' | 'bfloat16' | 'float8e4m3fn' | 'float8e4m3fnuz' | 'float8e5m2'
  | 'float8e5m2fnuz' | 'float8e8m0' | 'float4e2m1' | 'int2' | 'uint2' | 'int4' | 'uint4' | 'int8' | 'uint8' | 'int16' | 'uint16'
  | 'int32' | 'uint32' | 'int64' | 'uint64' | 'bool' | 'complex64' | 'complex128';
export type TensorType = NumberType | 'string';

/** What `data` is, by type: ONNX's raw layout. Floats below 32 bits are bits; types of 4 and 2 bits are packed, low bits first,
 * ceil(n * bits / 8) bytes; a bool is a byte; complex numbers are real and imaginary part in turn. */
export interface TensorData {
  float32: Float32Array; float64: Float64Array; float16: Uint16Array; bfloat16: Uint16Array; float8e4m3fn: Uint8Array;
  float8e4m3fnuz: Uint8Array; float8e5m2: Uint8Array; float8e5m2fnuz: Uint8Array; float8e8m0: Uint8Array; float4e2m1: Uint8Array;
  int2: Uint8Array; uint2: Uint8Array; int4: Uint8Array; uint4: Uint8Array; int8: Int8Array; uint8: Uint8Array; int16: Int16Array;
  uint16: Uint16Array; int32: Int32Array; uint32: Uint32Array; int64: BigInt64Array; uint64: BigUint64Array; bool: Uint8Array;
  string: string[]; complex64: Float32Array; complex128: Float64Array;
}

/** A tensor as `run` gives it; its data is a fresh copy. `Tensor` narrows by its `type`. */
export type Tensor<T extends TensorType = TensorType> = { [K in T]: { type: K; dims: number[]; data: TensorData[K] } }[T];

/** A map: its keys are strings, or BigInts where they are int64. */
export type ValueMap = Map<string | bigint | number, number | string>;

/** What `run` gives: a tensor, a sequence (an array), a map, or null for an absent optional. */
export type Value = Tensor | Value[] | ValueMap | null;

/** A tensor that is fed: also onnxruntime-common's Tensor, and a Float16Array for float16. It is read, never changed or detached. */
export interface FeedTensor {
  readonly type: TensorType;
  readonly dims: readonly number[];
  readonly data: ArrayBufferView | readonly string[];
}
export type Feed = FeedTensor | readonly Feed[] | ReadonlyMap<string | bigint | number, number | string> | null;

/** A path (Node), a URL, bytes or a Blob. It is read by ranges, never whole; bytes are never detached or changed. */
export type Source = string | URL | ArrayBuffer | SharedArrayBuffer | ArrayBufferView | Blob;

/** Sources by the name of the file, relative to the folder of the model. */
export type Files = { readonly [name: string]: Source } | ReadonlyMap<string, Source>;

/** A graph as docs/graph.md describes it: JSON text, the object, its bytes, its path or URL. `weights` is the source of the
 * weights, or sources by name where the graph names several files; without it they are looked for beside the graph. */
export interface Graph {
  graph: Source | object;
  weights?: Source | Files;
}

export type Variant = 'base' | 'simd' | 'relaxed' | 'threads' | 'threads-relaxed';
/** The variants there are; which of them run depends on the engine. */
export const variants: readonly Variant[];

export interface Progress {
  /** `graph`: reading the model's structure; `weights`: reading its weights. */
  phase: 'graph' | 'weights';
  /** Bytes. */
  loaded: number;
  /** Bytes; 0 where they are not known. */
  total: number;
}

/** An operator of domain "host": takes the inputs of the node (null: absent) and gives its outputs, in order. */
export type HostOperator = (call: { node: string; inputs: Value[] }) => Feed[] | Promise<Feed[]>;

export interface LoadOptions {
  /** Forces a variant; an error where the engine cannot run it. Default: the quickest that it runs with these threads. */
  variant?: Variant;
  /** Most threads of a run, the caller's among them, from 1 to 16; 1 chooses a variant without threads. Default: as many as there
   * are cores, at most 4. Variants without threads, and so pages that are not isolated (`crossOriginIsolated`), have one. Answers do not depend on it. */
  threads?: number;
  progress?: (progress: Progress) => void;
  /** Ends the loading: `load` rejects with the reason of the signal. */
  signal?: AbortSignal;
  /** Files of external data, where the model is bytes or a Blob; those of a path or URL are found beside it. */
  external?: Files;
  /** What the compiler makes of patterns, to compare: all of it is off, or those named (`compiler/fusions.def`). */
  rewrites?: boolean | { readonly [name: string]: boolean };
  hostOps?: { readonly [name: string]: HostOperator };
}

/** An input or output: dimensions are numbers or the names of symbols, '' for a symbol without a name. */
export interface Port {
  name: string;
  type: TensorType | '';
  shape: (number | string)[];
}

export interface Stats {
  /** Size of the model's WebAssembly memory. All figures are bytes. */
  memoryBytes: number;
  weightBytes: number;
  /** The block that holds all values of a run. */
  activationBytes: number;
  /** The largest sum, over the steps of a run, of the values alive there. */
  liveSetBytes: number;
  /** Most memory in use at once so far: unchanged by a run that repeats. */
  arenaMarks: number;
  /** Number of nodes that a run executes. */
  steps: number;
}

export interface Step {
  op: string;
  node: string;
  /** Numbers of values, null where absent. */
  inputs: (number | null)[];
  outputs: (number | null)[];
}

/** Where a value lies: `offset` in the activation block, null outside of it; `root` is the value whose memory it shares. */
export interface Place {
  offset: number | null;
  bytes: number;
  root: number;
  isOutput: boolean;
}

export interface RunOptions {
  /** Ends the run at its next pause: `run` rejects with the reason of the signal, and the next run starts afresh. */
  signal?: AbortSignal;
}

export interface Model {
  readonly variant: Variant;
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
  /** Runs the model: outputs by name. Calls wait their turn, in order. Feeds must stay as they are until their turn has come.
   * A long run pauses between nodes, every 20 ms or so, for the other tasks of its thread. */
  run<Outputs extends { [name: string]: Value } = { [name: string]: Tensor }>(feeds: { readonly [name: string]: Feed },
    options?: RunOptions): Promise<Outputs>;
  stats(): Stats;
  /** The steps of the last plan and the places of their values (by number). */
  steps(): { steps: Step[]; places: (Place | undefined)[] };
  /** Gives the memory back; what is called afterwards fails with the code 'disposed'. */
  dispose(): void;
}

/** What Mote throws. `code` is stable; `node` and `tensor` name what it is about, where it is about one. */
export interface MoteError extends Error {
  code: string;
  node?: string;
  tensor?: string;
}

export function load(source: Source | Graph, options?: LoadOptions): Promise<Model>;
