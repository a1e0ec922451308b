import { parseArgs } from 'node:util';
import { DEFAULT_ENGINES, ENGINES } from './engines';
import type { EngineSpec } from './engines';
import { WORKLOAD_IDS } from './workloads';
import type { WorkloadId } from './workloads';

export interface Options {
  readonly engines: readonly EngineSpec[];
  readonly workloads: readonly WorkloadId[];
  readonly repetitions: number;
  readonly isSmoke: boolean;
  /** Whether settings are tried first; otherwise the best known ones are taken. */
  readonly scan: boolean;
  readonly database: string | undefined;
  readonly binaries: string | undefined;
  readonly appendfsync: 'everysec' | 'always';
  /** Where the raw results go. */
  readonly out: string;
  /** Raw results to report instead of measuring. */
  readonly from: string | undefined;
  /** A page whose section between the markers is replaced by the tables. */
  readonly write: string | undefined;
}

export const USAGE = `npm run bench:postgres -- [options]
  --engines=a,b        of ${ENGINES.map(({ name }) => name).join(', ')}; default ${DEFAULT_ENGINES.join(',')}
  --workloads=W1,W2    of ${WORKLOAD_IDS.join(', ')}; default all
  --repetitions=3      of everything, as the outer loop
  --no-scan            take the best known settings of each engine instead of trying them first
  --binaries=FOLDER    a PostgreSQL other than the development dependency's, such as /usr/lib/postgresql/15/bin
  --database=URL       a running server of your own (or DATABASE_URL): databases typeflow_bench_* are made and dropped there
  --appendfsync=always Redis flushes after every write; default everysec, Redis' own default
  --out=FILE           raw results as JSON; default bench/results.json
  --write=FILE         also replace the tables in this page, such as docs/performance.md
  --from=FILE,FILE     measure nothing, report these raw results
  --smoke              a few runs of Typeflow alone, to see that everything works`;

/** Reads the command line. @throws Error that names what is wrong */
export function readOptions(args: readonly string[]): Options | 'help' {
  const { values } = parseArgs({
    args: [...args],
    allowNegative: true,
    options: {
      help: { type: 'boolean', default: false },
      engines: { type: 'string' },
      workloads: { type: 'string' },
      repetitions: { type: 'string', default: '3' },
      smoke: { type: 'boolean', default: false },
      scan: { type: 'boolean', default: true },
      database: { type: 'string' },
      binaries: { type: 'string' },
      appendfsync: { type: 'string', default: 'everysec' },
      out: { type: 'string', default: 'bench/results.json' },
      from: { type: 'string' },
      write: { type: 'string' },
    },
  });
  if (values.help) return 'help';
  const isSmoke = values.smoke;
  const engineNames = values.engines?.split(',') ?? (isSmoke ? ['typeflow'] : DEFAULT_ENGINES);
  return {
    engines: engineNames.map((name) => oneOf(ENGINES, ({ name: known }) => known, name, '--engines')),
    workloads: (values.workloads?.split(',') ?? WORKLOAD_IDS).map((id) =>
      oneOf(WORKLOAD_IDS, (known) => known, id, '--workloads'),
    ),
    repetitions: isSmoke ? 1 : positive(values.repetitions, '--repetitions'),
    isSmoke,
    scan: values.scan && !isSmoke,
    database: values.database ?? (isSmoke ? undefined : process.env['DATABASE_URL']),
    binaries: values.binaries,
    appendfsync: oneOf(['everysec', 'always'] as const, (known) => known, values.appendfsync, '--appendfsync'),
    out: values.out,
    from: values.from,
    write: values.write,
  };
}

function oneOf<T>(all: readonly T[], nameOf: (one: T) => string, name: string, option: string): T {
  const found = all.find((one) => nameOf(one) === name);
  if (found === undefined) throw new Error(`${option}: expected ${all.map(nameOf).join(', ')}, got '${name}'`);
  return found;
}

function positive(text: string, option: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw new Error(`${option}: expected a whole number above 0, got '${text}'`);
}
