import type { Client } from 'pg';

interface ColumnOf {
  readonly name: string;
  readonly type: string;
}

type Row = Readonly<Record<string, string | null>>;

const READ_COLUMNS = `SELECT attname AS name, format_type(atttypid, atttypmod) AS type FROM pg_attribute
  WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''`;

/** What a run looks like before anybody has claimed it, and what its claim and its end change. */
const CHANGED_BY_CLAIM = ['status', 'owner', 'epoch', 'started_at', 'wake_at'];
const CHANGED_BY_END = ['status', 'owner', 'output', 'finished_at'];

/** The rows of finished runs, and bare statements that write them again into tables of the same shape, indexes included. */
export class BareRows {
  readonly #runColumns: readonly ColumnOf[];
  readonly #nodeColumns: readonly ColumnOf[];
  readonly #runs: readonly Row[];
  readonly #nodes: ReadonlyMap<string, readonly Row[]>;

  private constructor(runs: Table, nodes: Table) {
    this.#runColumns = runs.columns;
    this.#nodeColumns = nodes.columns;
    this.#runs = runs.rows;
    const byRun = new Map<string, Row[]>();
    for (const row of nodes.rows) {
      const id = row['run_id'] ?? '';
      byRun.set(id, [...(byRun.get(id) ?? []), row]);
    }
    this.#nodes = byRun;
  }

  static async read(client: Client): Promise<BareRows> {
    return new BareRows(
      await readTable(client, 'typeflow.run', 'ORDER BY id'),
      await readTable(client, 'typeflow.node', 'ORDER BY run_id, finished_at'),
    );
  }

  get runs(): number {
    return this.#runs.length;
  }

  /** Makes empty tables, and inserts the runs as they were before their claim. */
  async prepare(client: Client): Promise<void> {
    await client.query('DROP TABLE IF EXISTS public.bare_run, public.bare_node');
    await client.query('CREATE TABLE public.bare_run (LIKE typeflow.run INCLUDING ALL)');
    await client.query('CREATE TABLE public.bare_node (LIKE typeflow.node INCLUDING ALL)');
    const before = this.#runs.map((row) => ({
      ...row,
      status: 'PENDING',
      epoch: '0',
      output: null,
      finished_at: null,
      started_at: null,
      wake_at: row['created_at'] ?? null,
    }));
    for (let from = 0; from < before.length; from += 1_000) {
      await insert(client, 'public.bare_run', this.#runColumns, before.slice(from, from + 1_000));
    }
    await client.query('CHECKPOINT');
  }

  claim(client: Client, from: number, to: number): Promise<void> {
    const rows = this.#runs.slice(from, to).map((row) => ({ ...row, status: 'RUNNING', owner: row['id'] ?? null }));
    return this.#update(client, CHANGED_BY_CLAIM, rows);
  }

  insertNodes(client: Client, from: number, to: number): Promise<void> {
    const rows = this.#runs.slice(from, to).flatMap((run) => this.#nodes.get(run['id'] ?? '') ?? []);
    return insert(client, 'public.bare_node', this.#nodeColumns, rows);
  }

  finish(client: Client, from: number, to: number): Promise<void> {
    return this.#update(client, CHANGED_BY_END, this.#runs.slice(from, to));
  }

  async #update(client: Client, changed: readonly string[], rows: readonly Row[]): Promise<void> {
    const columns = this.#runColumns.filter(({ name }) => changed.includes(name));
    const set = columns.map(({ name }) => `${name} = x.${name}`).join(', ');
    const all = [{ name: 'id', type: 'uuid' }, ...columns];
    const names = all.map(({ name }) => name).join(', ');
    const text = `UPDATE public.bare_run AS r SET ${set} FROM unnest(${parameters(all)}) AS x(${names}) WHERE r.id = x.id`;
    await client.query({ name: names, text, values: arrays(all, rows) });
  }
}

interface Table {
  readonly columns: readonly ColumnOf[];
  readonly rows: readonly Row[];
}

/** Columns of arrays keep their defaults: they cannot be unnested into arrays again. */
async function readTable(client: Client, table: string, order: string): Promise<Table> {
  const { rows } = await client.query<ColumnOf>(READ_COLUMNS, [table]);
  const columns = rows.filter(({ type }) => !type.endsWith('[]'));
  const asText = columns.map(({ name }) => `${name}::text`).join(', ');
  return { columns, rows: (await client.query<Row>(`SELECT ${asText} FROM ${table} ${order}`)).rows };
}

async function insert(
  client: Client,
  table: string,
  columns: readonly ColumnOf[],
  rows: readonly Row[],
): Promise<void> {
  const names = columns.map(({ name }) => name).join(', ');
  const text = `INSERT INTO ${table} (${names}) SELECT * FROM unnest(${parameters(columns)})`;
  await client.query({ name: table, text, values: arrays(columns, rows) });
}

function parameters(columns: readonly ColumnOf[]): string {
  return columns.map(({ type }, index) => `$${index + 1}::${type}[]`).join(', ');
}

function arrays(columns: readonly ColumnOf[], rows: readonly Row[]): (string | null)[][] {
  return columns.map(({ name }) => rows.map((row) => row[name] ?? null));
}
