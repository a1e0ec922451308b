import type { TypeflowLogger } from '../core/logger';
import { combineTelemetry } from './combine-telemetry';
import { MAX_TRACE_LENGTH } from './telemetry';
import type { AttemptEnd, AttemptFacts, AttemptObserver, CallFacts, NodeEnd, ReadQueues, RunFacts } from './telemetry';
import type { RunObserver, StartEnd, StartFacts, StartObserver, StretchEnd, Telemetry } from './telemetry';

/** Carries out a call; what it throws is told once, and never thrown. */
type Try = <T>(call: () => T) => T | undefined;

/** What a runner was given as its telemetry, as the engine calls it. Of several, one that throws does not keep the others from hearing. */
export function safeTelemetry(
  telemetry: Telemetry | readonly Telemetry[] | undefined,
  logger: Pick<TypeflowLogger, 'error'>,
): SafeTelemetry | undefined {
  if (telemetry === undefined) return undefined;
  const all = [telemetry].flat().map((one: Telemetry) => new SafeTelemetry(one, logger));
  return all.length < 2 ? all[0] : new SafeTelemetry(combineTelemetry(...all), logger);
}

/** A telemetry that is complete and never throws. */
export class SafeTelemetry implements Telemetry {
  readonly logFields: Telemetry['logFields'];
  readonly #telemetry: Telemetry;
  readonly #try: Try;

  /** @param logger is told of the first failure, and of no other: telemetry that is broken is so many times a second */
  constructor(telemetry: Telemetry, logger: Pick<TypeflowLogger, 'error'>) {
    this.#telemetry = telemetry;
    let isTold = false;
    this.#try = (call) => {
      try {
        return call();
      } catch (error) {
        if (!isTold) logger.error({ err: error }, 'telemetry failed; runs go on, and further failures are not logged');
        isTold = true;
        return undefined;
      }
    };
    if (telemetry.logFields !== undefined) this.logFields = () => this.#try(() => telemetry.logFields?.());
  }

  starting(start: StartFacts): SafeStart {
    return new SafeStart(
      this.#try(() => this.#telemetry.starting?.(start)),
      this.#try,
    );
  }

  runBegun(run: RunFacts): SafeRun {
    return new SafeRun(
      this.#try(() => this.#telemetry.runBegun?.(run)),
      this.#try,
    );
  }

  callBegun(call: CallFacts): SafeAttempt {
    return new SafeAttempt(
      this.#try(() => this.#telemetry.callBegun?.(call)),
      this.#try,
    );
  }

  readonly flushed = (records: number): void => {
    this.#try(() => this.#telemetry.flushed?.(records));
  };

  leaseLost(): void {
    this.#try(() => this.#telemetry.leaseLost?.());
  }

  observeQueues(read: ReadQueues): () => void {
    const stop = this.#try(() => this.#telemetry.observeQueues?.(read));
    return () => void this.#try(() => stop?.());
  }

  /** The logger, with the fields of the telemetry in each line; those of the line itself go first. */
  loggingTo(logger: TypeflowLogger): TypeflowLogger {
    const { logFields } = this;
    if (logFields === undefined) return logger;
    const withFields = (fields: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> => {
      const own = logFields();
      return own === undefined ? fields : { ...own, ...fields };
    };
    return {
      debug: (fields, message) => logger.debug(withFields(fields), message),
      info: (fields, message) => logger.info(withFields(fields), message),
      warn: (fields, message) => logger.warn(withFields(fields), message),
      error: (fields, message) => logger.error(withFields(fields), message),
      isLevelEnabled: (level) => logger.isLevelEnabled?.(level) ?? true,
    };
  }
}

export class SafeStart implements StartObserver {
  readonly trace: string | undefined;
  readonly #observer: StartObserver | undefined;
  readonly #try: Try;
  #hasEnded = false;

  constructor(observer: StartObserver | undefined, attempt: Try) {
    this.#observer = observer;
    this.#try = attempt;
    this.trace = traceOf(observer, attempt);
  }

  ended(how: StartEnd): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#try(() => this.#observer?.ended?.(how));
  }
}

export class SafeRun implements RunObserver {
  readonly #observer: RunObserver | undefined;
  readonly #try: Try;
  #hasEnded = false;

  constructor(observer: RunObserver | undefined, attempt: Try) {
    this.#observer = observer;
    this.#try = attempt;
  }

  attempt(facts: AttemptFacts): SafeAttempt {
    return new SafeAttempt(
      this.#try(() => this.#observer?.attempt?.(facts)),
      this.#try,
    );
  }

  offered(facts: AttemptFacts): string | undefined {
    return bounded(this.#try(() => this.#observer?.offered?.(facts)));
  }

  nodeEnded(node: NodeEnd): void {
    this.#try(() => this.#observer?.nodeEnded?.(node));
  }

  ended(end: StretchEnd): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#try(() => this.#observer?.ended?.(end));
  }
}

export class SafeAttempt implements AttemptObserver {
  readonly trace: string | undefined;
  readonly #observer: AttemptObserver | undefined;
  readonly #try: Try;
  #hasEnded = false;

  constructor(observer: AttemptObserver | undefined, attempt: Try) {
    this.#observer = observer;
    this.#try = attempt;
    this.trace = traceOf(observer, attempt);
  }

  /** What `body` returns or throws, and that alone: it is called once, whatever the telemetry does. */
  run<T>(body: () => T): T {
    const observer = this.#observer;
    if (observer?.run === undefined) return body();
    let answer: { readonly value: T } | { readonly thrown: unknown } | undefined;
    const once = (): T | undefined => {
      if (answer !== undefined) return 'value' in answer ? answer.value : undefined;
      try {
        const value = body();
        answer = { value };
        return value;
      } catch (thrown) {
        answer = { thrown };
        return undefined;
      }
    };
    this.#try(() => observer.run?.(once));
    once();
    const settled = answer as unknown as { readonly value: T } | { readonly thrown: unknown };
    if ('thrown' in settled) throw settled.thrown;
    return settled.value;
  }

  ended(end: AttemptEnd): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#try(() => this.#observer?.ended?.(end));
  }
}

function traceOf(observer: { readonly trace?: string | undefined } | undefined, attempt: Try): string | undefined {
  return observer === undefined ? undefined : bounded(attempt(() => observer.trace));
}

/** What is longer, or could not be stored, is not kept. */
function bounded(trace: unknown): string | undefined {
  if (typeof trace !== 'string' || trace.length > MAX_TRACE_LENGTH) return undefined;
  return trace.includes('\0') || !trace.isWellFormed() ? undefined : trace;
}
