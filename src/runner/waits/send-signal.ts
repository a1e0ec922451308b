import { randomUUID } from 'node:crypto';
import { encode } from '../../core/codec/encode';
import { briefly } from '../../core/errors/briefly';
import { ArgumentError } from '../../core/errors/definition-error';
import { RunNotFoundError, RunOverError } from '../../core/errors/run-errors';
import { signalName } from '../../core/signal';
import type { Signal } from '../../core/signal';
import { validateWith } from '../../core/standard-schema';
import { storableText } from '../../core/storable-text';
import type { RunnerParts } from '../runner-parts';

export interface SignalOptions {
  /**
   * What tells this signal from others of the same run and name: a second one with the same id is not kept. At most 200 characters.
   * Default: every call is a signal of its own.
   */
  readonly id?: string | undefined;
}

/** The payload of a signal as a parameter: left out where there is none. */
export type SignalArgs<Sent> = undefined extends Sent
  ? [payload?: Sent, options?: SignalOptions]
  : [payload: Sent, options?: SignalOptions];

/** A signal as it is sent: declared, or by its name alone. */
export type SentAs<Sent> = Signal<unknown, Sent> | string;

const MAX_ID_LENGTH = 200;

/** Sends a signal to a run; resolves once it is durable. */
export async function sendSignal(
  { store, maxValueBytes }: Pick<RunnerParts, 'store' | 'maxValueBytes'>,
  runId: string,
  sent: SentAs<unknown>,
  payload: unknown,
  { id: key }: SignalOptions = {},
): Promise<void> {
  const name = signalName(sent);
  if (key !== undefined) requireId(key);
  const what = `payload of signal "${name}"`;
  const schema = typeof sent === 'string' ? undefined : sent.schema;
  const value: unknown = schema === undefined ? payload : await validateWith(schema, payload, what);
  const encoded = encode(value, { what, maxBytes: maxValueBytes });
  const answer = await store.signals.send({ runId, id: randomUUID(), name, payload: encoded, key });
  if (answer.kind === 'unknown') throw new RunNotFoundError(runId);
  if (answer.kind === 'final') throw new RunOverError(runId, `sending signal "${name}"`);
}

function requireId(id: unknown): void {
  const isRight =
    typeof id === 'string' && id !== '' && id.length <= MAX_ID_LENGTH && storableText(id, MAX_ID_LENGTH) === id;
  if (isRight) return;
  throw new ArgumentError(
    `the id of a signal must be a text of 1 to ${MAX_ID_LENGTH} storable characters, got ${briefly(id)}`,
  );
}
