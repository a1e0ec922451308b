import { createHash } from 'node:crypto';
import { decode } from '../core/codec/decode';
import { ConcurrencyKeyError } from '../core/errors/task-errors';
import type { FlowNode } from '../graph/workflow-graph';
import type { SlotNeed } from './fleet-slots';

/** At most so many calls at a time in a queue, over all workers. */
export type QueueLimits = ReadonlyMap<string, number>;

/** The largest limit: what a column of type integer holds. */
export const MAX_LIMIT = 2_147_483_647;

/** Longer values of a key, and those that are not plain text, stand in the database as their hash. */
const PLAIN_KEY = /^(?!sha256:)[\x20-\x7e]{0,100}$/;

/**
 * Under which limits of the fleet the calls of one run are. A node's key is a function of the run's input, so it is computed once for
 * all instances and attempts, and only for nodes with such an option.
 */
export class SlotNeeds {
  readonly #workflow: string;
  readonly #queue: string;
  readonly #input: string;
  readonly #queueLimits: QueueLimits;
  #known: Map<FlowNode, readonly SlotNeed[]> | undefined;

  constructor(
    run: { readonly workflow: string; readonly queue: string; readonly input: string },
    queueLimits: QueueLimits,
  ) {
    this.#workflow = run.workflow;
    this.#queue = run.queue;
    this.#input = run.input;
    this.#queueLimits = queueLimits;
  }

  /**
   * The needs of a node in the order in which all calls take them, `undefined` if it has none. The node's own limit comes before its
   * queue's: a call that waits for a busy key must not keep the queue from those with other keys.
   *
   * @throws ConcurrencyKeyError when the key function throws, or returns what is no key
   */
  of(node: FlowNode): readonly SlotNeed[] | undefined {
    if (node.options.concurrency === undefined && this.#queueLimits.size === 0) return undefined;
    let needs = (this.#known ??= new Map()).get(node);
    if (needs === undefined) this.#known.set(node, (needs = [...this.#ofNode(node), ...this.#ofQueue(node)]));
    return needs.length === 0 ? undefined : needs;
  }

  #ofNode({ name, options }: FlowNode): readonly SlotNeed[] {
    if (options.concurrency === undefined) return [];
    const { key } = options.concurrency;
    const limit = Math.min(options.concurrency.limit, MAX_LIMIT);
    if (key === undefined) return [{ key: `task:${this.#workflow}:${name}`, limit }];
    const value = typeof key === 'string' ? key : this.#call(name, key);
    return [{ key: `key:${this.#workflow}:${plain(value)}`, limit }];
  }

  #call(task: string, key: (input: never) => unknown): string {
    let value: unknown;
    try {
      value = key(decode(this.#input) as never);
    } catch (error) {
      throw new ConcurrencyKeyError(task, 'threw', { cause: error });
    }
    const isKey = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
    if (!isKey) throw new ConcurrencyKeyError(task, `returned ${value === null ? 'null' : typeof value}`);
    return String(value);
  }

  /** A flow's `queue` says where its runs go, and the run knows where it went. */
  #ofQueue({ kind, options }: FlowNode): readonly SlotNeed[] {
    const queue = kind === 'flow' ? this.#queue : (options.queue ?? this.#queue);
    const limit = this.#queueLimits.get(queue);
    return limit === undefined ? [] : [{ key: `queue:${queue}`, limit }];
  }
}

function plain(value: string): string {
  if (PLAIN_KEY.test(value)) return value;
  return `sha256:${createHash('sha256').update(value, 'utf16le').digest('hex')}`;
}
