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

export function readResults(file: string): Results {
  return JSON.parse(readFileSync(file, 'utf8')) as Results;
}

/** One line for each measurement, so that two files can be compared. */
export function writeResults(file: string, { setting, results }: Results): void {
  const lines = results.map((result) => JSON.stringify(result)).join(',\n');
  writeFileSync(file, `{"setting":${JSON.stringify(setting)},"results":[\n${lines}\n]}\n`);
}
