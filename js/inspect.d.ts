// What a model is, from its structure alone: no weight is read.
import type { Graph, Source, TensorType } from './index.js';

/** An input or output, as the file declares it. */
export interface DeclaredPort {
  name: string;
  /** Of a map, the type of its values; '' where the file does not say. */
  type: TensorType | '';
  /** Numbers or the names of symbols, '' for a symbol without a name; null: the rank is unknown. */
  shape: (number | string)[] | null;
  /** Absent: a tensor. */
  kind?: 'sequence' | 'map' | 'optional' | 'optional_sequence';
}

/** How often each operator occurs, by its name; outside of ai.onnx its domain stands in front. */
export interface OperatorCounts {
  readonly [name: string]: number;
}

export interface Inspection {
  /** By domain. */
  opsets: { readonly [domain: string]: number };
  /** Without the weights that old files list there. */
  inputs: DeclaredPort[];
  outputs: DeclaredPort[];
  /** Of the graph, its subgraphs and functions. */
  nodes: number;
  operators: OperatorCounts;
  /** Tensors that the file holds, and the files beside it that they lie in. */
  weights: { count: number; bytes: number; files: string[] };
  /** Operators that Mote does not have; loading the model would be refused with this list. */
  missing: OperatorCounts;
}

/** Lists what a model is and needs; a model whose operators are missing is no error here. */
export function inspect(source: Source | Graph, options?: { signal?: AbortSignal }): Promise<Inspection>;
