import { briefly } from '../errors/briefly';

/** A step into a value: a property, an element, or a place in a Map or Set (`.keys()[2]`). */
export type Step = string | number | { readonly list: 'keys' | 'values'; readonly at: number };

/**
 * Why a value cannot be stored, gathering the path to the place while it is thrown out of the nested calls: a value that can be
 * stored never pays for its paths. Not an `Error`, as it never leaves the codec and needs no stack of its own.
 */
export class Fault {
  readonly #steps: Step[] = [];
  readonly #containers: object[] = [];

  constructor(
    readonly problem: string,
    /** What broke a getter or a `toJSON`. */
    readonly cause?: { readonly thrown: unknown },
    /** The walk met a cap: a cycle, if there is one, is the better explanation. */
    readonly isEndless = false,
  ) {}

  static of(thrown: unknown): Fault {
    if (thrown instanceof Fault) return thrown;
    return new Fault(`reading the value threw ${briefly(thrown)}; return plain data, read before`, { thrown });
  }

  /** Notes that the fault lies in `container`, one `step` in. */
  within(container: object, step: Step): this {
    this.#steps.push(step);
    this.#containers.push(container);
    return this;
  }

  /** Where it happened, and what. Call it once the fault has left the outermost value. */
  explain(): { readonly path: string; readonly problem: string } {
    const steps = [...this.#steps].reverse();
    const cycle = this.isEndless ? findCycle([...this.#containers].reverse()) : undefined;
    if (cycle === undefined) return { path: formatPath(steps), problem: this.problem };
    const path = formatPath(steps.slice(0, cycle.again));
    const first = formatPath(steps.slice(0, cycle.first));
    return { path, problem: `the value refers back to ${first}, a cycle; return an id or a copy instead` };
  }
}

/** The first container, from the outside in, that stands inside itself. */
function findCycle(containers: readonly object[]): { readonly first: number; readonly again: number } | undefined {
  const seen = new Map<object, number>();
  for (const [again, container] of containers.entries()) {
    const first = seen.get(container);
    if (first !== undefined) return { first, again };
    seen.set(container, again);
  }
  return undefined;
}

const IDENTIFIER = /^[A-Za-z_$][\w$]*$/;
const MAX_STEPS = 40;
const MAX_KEY = 80;

function formatPath(steps: readonly Step[]): string {
  if (steps.length <= MAX_STEPS) return `$${steps.map(formatStep).join('')}`;
  const half = MAX_STEPS / 2;
  const middle = `…(${steps.length - MAX_STEPS} more levels)…`;
  return `$${steps.slice(0, half).map(formatStep).join('')}${middle}${steps.slice(-half).map(formatStep).join('')}`;
}

function formatStep(step: Step): string {
  if (typeof step === 'number') return `[${step}]`;
  if (typeof step === 'object') return `.${step.list}()[${step.at}]`;
  const key = step.length > MAX_KEY ? `${step.slice(0, MAX_KEY)}…` : step;
  // JSON.stringify also escapes what a log or a database could not hold: control characters and lone surrogates.
  return IDENTIFIER.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`;
}
