import { WorkflowRunner } from 'typeflow';
import { BookingWorkflow, openDatabase } from './booking';
import { Bookings } from './bookings';

/** Everything but HTTP: started once, closed once. */
export async function startApplication(): Promise<{ readonly bookings: Bookings; close(): Promise<void> }> {
  const url = process.env['DATABASE_URL'];
  if (url === undefined) throw new Error('set DATABASE_URL to a postgres:// URL');
  const database = await openDatabase(url);
  const runner = await WorkflowRunner.create({
    workflows: [BookingWorkflow],
    database,
    worker: { drain: '1s', lease: '5s', poll: '500ms' },
  });
  return {
    bookings: new Bookings(runner, database),
    async close() {
      // What does not end within `drain` is given back; whoever starts next goes on with it.
      await runner.close();
      await database.destroy();
    },
  };
}

/** Closes in order on the first SIGTERM or SIGINT. */
export function closeOnSignals(close: () => Promise<void>): void {
  const onSignal = (): void => {
    close().then(
      () => process.exit(0),
      (error: unknown) => {
        console.error(error);
        process.exit(1);
      },
    );
  };
  process.once('SIGTERM', onSignal);
  process.once('SIGINT', onSignal);
}
