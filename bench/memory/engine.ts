/** One way to run the diamond: five tasks, a → b and c → d → e. */
export interface Engine {
  readonly name: string;
  /** Makes ready what the runs of one measurement share. */
  open(): Promise<OpenEngine>;
}

export interface OpenEngine {
  /** Runs the diamond once; resolves to the number of tasks that were called. */
  run(input: number): Promise<number>;
  close(): Promise<void>;
}

/** What each task returns: how many tasks were called on the longest way to it, and how many in all. */
export interface Value {
  readonly ok: true;
  readonly calls: number;
}

const nothing = async (): Promise<void> => undefined;

/** The five tasks themselves, the same for every engine. */
export const tasks = {
  a: async (_input: number): Promise<Value> => ({ ok: true, calls: 1 }),
  b: async (a: Value): Promise<Value> => ({ ok: true, calls: a.calls + 1 }),
  c: async (_a: Value): Promise<Value> => ({ ok: true, calls: 1 }),
  d: async (b: Value, c: Value): Promise<Value> => ({ ok: true, calls: b.calls + c.calls + 1 }),
  e: async (d: Value): Promise<Value> => ({ ok: true, calls: d.calls + 1 }),
};

/** The lower bound: what the five calls cost by themselves. */
export const plainPromises: Engine = {
  name: 'plain promises',
  open: async () => ({
    run: async (input) => {
      const a = await tasks.a(input);
      const [b, c] = await Promise.all([tasks.b(a), tasks.c(a)]);
      return (await tasks.e(await tasks.d(b, c))).calls;
    },
    close: nothing,
  }),
};
