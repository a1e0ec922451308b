import type { Operations } from '../application/operations';
import { EXIT, ExitError } from './exit-codes';
import { Terminal } from './output/terminal';
import { openDefinitions, openOperations } from './target/open-operations';
import type { Needs } from './target/open-operations';
import type { TargetOptions } from './target/options';
import type { World } from './world';

/** What commands share. */
export class Cli {
  readonly world: World;

  constructor(world: World) {
    this.world = world;
  }

  terminal({ json = false }: { readonly json?: boolean }): Terminal {
    return new Terminal(this.world, this.world.env, { json });
  }

  /** Runs `act` with operations on what the options name, and closes them however it ends. */
  async operate(
    options: TargetOptions & Needs,
    act: (operations: Operations, terminal: Terminal) => Promise<void>,
  ): Promise<void> {
    const terminal = this.terminal(options);
    await using(await openOperations(options, options, { world: this.world, terminal }), terminal, act);
  }

  /** The same with operations that need no database, as long as none is named. */
  async define(
    options: TargetOptions,
    act: (operations: Operations, terminal: Terminal) => Promise<void>,
  ): Promise<void> {
    const terminal = this.terminal(options);
    await using(await openDefinitions(options, { world: this.world, terminal }), terminal, act);
  }

  /** Runs what may take long with a signal that Ctrl-C aborts; it then ends with the code for that. */
  async interruptible<T>(act: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const controller = new AbortController();
    const stop = this.world.onInterrupt(() => controller.abort());
    try {
      const result = await act(controller.signal);
      if (controller.signal.aborted) throw new ExitError(EXIT.interrupted);
      return result;
    } catch (error) {
      throw controller.signal.aborted ? new ExitError(EXIT.interrupted) : error;
    } finally {
      stop();
    }
  }
}

async function using(
  operations: Operations,
  terminal: Terminal,
  act: (operations: Operations, terminal: Terminal) => Promise<void>,
): Promise<void> {
  try {
    await act(operations, terminal);
  } finally {
    await operations.close();
  }
}
