import { readFileSync, writeFileSync } from 'node:fs';
import type { Settings } from './engines';
import type { WorkloadId } from './workloads';

/** One measurement. */
export interface Result {
  readonly workload: WorkloadId;
  readonly engine: string;
  /** What distinguishes several measurements of one workload and engine; empty for the one that counts. */
  readonly variant: string;
  readonly repetition: number;
  readonly runs: number;
  readonly settings: Settings;
  /** Of the machine, when the measurement began. */
  readonly loadAverage: number;
  /** Runs that are completed by the database's account. */
  readonly done: number;
  readonly values: Readonly<Record<string, number>>;
  readonly error?: string;
}

/** What the machine and the servers are. */
export interface Setting {
  readonly command: string;
  readonly date: string;
  readonly commit: string;
  readonly machine: string;
  readonly node: string;
  readonly postgres: string;
  readonly redis: string;
  readonly packages: Readonly<Record<string, string>>;
}

export interface Results {
  readonly setting: Setting;
  readonly results: readonly Result[];
}

/** Raw results of one session or of several, whose commands are then all shown. @param files separated by commas */
export function readResults(files: string): Results {
  const sessions = files.split(',').map((file) => JSON.parse(readFileSync(file, 'utf8')) as Results);
  const settings = sessions.map(({ setting }) => setting);
  const [first] = settings;
  if (first === undefined) throw new Error('--from names no file');
  return {
    setting: {
      ...first,
      command: settings.map(({ command }) => command).join('\n'),
      packages: Object.assign({}, ...settings.map(({ packages }) => packages)) as Setting['packages'],
    },
    results: sessions.flatMap(({ results }) => results),
  };
}

/** One line for each measurement, so that two files can be compared. */
export function writeResults(file: string, { setting, results }: Results): void {
  const lines = results.map((result) => JSON.stringify(result)).join(',\n');
  writeFileSync(file, `{"setting":${JSON.stringify(setting)},"results":[\n${lines}\n]}\n`);
}
