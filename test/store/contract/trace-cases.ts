import { claimOne, offer } from './dispatch-fixtures';
import { newId } from './fixtures';
import type { Scene } from './fixtures';

const TRACE = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
const OTHER = '00-0af7651916cd43dd8448eb211c80319c-00f067aa0ba902b7-01 vendor=a b';

/** What telemetry keeps with runs and calls. */
export function describeTraces(scene: () => Scene): void {
  const owned = async (trace?: string) => scene().ownedRun(await scene().newWorker(), { trace });
  const claimed = async (): Promise<readonly (string | undefined)[]> =>
    (await scene().poll(await scene().newWorker())).claimed.map((run) => run.trace);

  describe('a trace', () => {
    it('is handed over with the claim of the run that was created with it, beside runs without one', async () => {
      const { store, newRun } = scene();
      const traces = [TRACE, undefined, OTHER];
      const runs = traces.map((trace) => newRun({ trace }));
      await Promise.all(runs.map((run) => store.createRun(run)));
      const { claimed: got } = await scene().poll(await scene().newWorker());
      const traceOf = new Map(got.map((run) => [run.id, run.trace]));
      expect(runs.map(({ id }) => traceOf.get(id))).toEqual(traces);
    });

    it('is read with the run, and with its outline', async () => {
      const { other } = scene();
      const { runId } = await owned(TRACE);
      expect((await other.findRun({ runId }))?.trace).toBe(TRACE);
      expect((await other.reuses.outline({ runIds: [runId] }))[0]?.trace).toBe(TRACE);
    });

    it('of a child is its own', async () => {
      const parent = await owned(TRACE);
      await scene().store.children.start({ run: scene().newRun({ trace: OTHER }), parent, isDetached: false });
      expect(await claimed()).toEqual([OTHER]);
    });

    it('of a run that takes over records is its own', async () => {
      const { store, newRun } = scene();
      const { runId } = await owned(TRACE);
      const from = { runId, generation: 1, nodes: [], instances: [], instanceStatuses: [], flowShape: 's' };
      await store.reuses.create({ ...newRun({ trace: OTHER }), from });
      expect(await claimed()).toEqual([OTHER]);
    });

    it('of a tick is kept with its run', async () => {
      const { store, newRun } = scene();
      const name = `s-${newId()}`;
      const times = { cron: '* * * * * *', timeZone: 'UTC', overlap: 'queue', catchUp: 'last' } as const;
      const schedule = { name, workflow: 'orders', flow: 'main', ...times, input: undefined, origin: 'api' } as const;
      await store.schedules.put({ schedules: [{ ...schedule, definition: 'd1', nextAt: 1_000 }], workflows: [] });
      const tick = { name, definition: 'd1', seenAt: 1_000, tick: 1_000, nextAt: 2_000 };
      expect(await store.schedules.tick({ ...tick, run: newRun({ trace: TRACE }) })).toBe('started');
      expect(await claimed()).toEqual([TRACE]);
      await store.schedules.remove({ name });
    });

    it('of a held run is that of whoever released it', async () => {
      const { store, newRun, queue } = scene();
      const { id: runId } = await store.held.hold(newRun());
      const released = { runId, workflow: 'orders', flow: 'main', fingerprint: 'f1', queue };
      await store.held.release({ ...released, input: '1', inputHash: 'h', trace: TRACE });
      expect(await claimed()).toEqual([TRACE]);
    });

    it('of a call is that of the offer, else that of the run', async () => {
      const run = await owned(TRACE);
      const remote = await scene().newWorker();
      await offer(scene(), run, { trace: OTHER });
      expect((await claimOne(scene(), remote)).trace).toBe(OTHER);
      await offer(scene(), run, { attempt: 2 });
      expect((await claimOne(scene(), remote)).trace).toBe(TRACE);
    });
  });
}
