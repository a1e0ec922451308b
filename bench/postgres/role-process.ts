import { spawn } from 'node:child_process';
import path from 'node:path';
import type { EngineSpec, Settings } from './engines';
import { PEERS_FOLDER } from './engines';
import type { Kind } from './workloads';

export type Role = 'setup' | 'sleeper' | 'enqueue' | 'drain' | 'latency' | 'fanOut' | 'serve' | 'watch' | 'wake';

export interface RoleParams {
  readonly role: Role;
  readonly engine: EngineSpec;
  readonly kind: Kind;
  readonly runs: number;
  readonly settings: Settings;
  /** The database; without one the engine is one of Redis. */
  readonly url: string | undefined;
  readonly redisUrl: string | undefined;
  readonly postmasterPid: number | undefined;
}

/** What process/roles.mjs answers: each role fills in its own part. */
export interface RoleResult {
  /** Of a run. */
  readonly id?: string;
  readonly done?: number;
  readonly tasks?: number;
  readonly ms?: number;
  readonly coldMs?: number;
  readonly importMs?: number;
  /** Milliseconds of CLOCK_MONOTONIC, the same clock in all processes. */
  readonly firstTaskAt?: number;
  readonly endedAt?: number;
  readonly latenciesMs?: readonly number[];
  readonly bareMs?: readonly number[];
  readonly nodeCpuMs?: number;
  readonly postgresCpuMs?: number;
  readonly maxRssMb?: number;
}

export interface RoleProcess {
  /** A worker that serves is ready to begin; one that watches has begun. */
  readonly opened: Promise<void>;
  /** It has begun. */
  readonly started: Promise<void>;
  readonly result: Promise<RoleResult>;
  /** Tells a worker that serves to begin, and the second time, to stop. */
  tell(): void;
}

/** A measurement that takes longer ends with what is done by then. */
const CAP_MS = 240_000;
/** After that a process is believed to hang. */
const KILL_MS = CAP_MS + 60_000;

const NODE_24 = path.join(PEERS_FOLDER, 'node24', 'node_modules', 'node', 'bin', 'node');

/** Plays a role to its end. */
export function playRole(params: RoleParams): Promise<RoleResult> {
  return startRole(params).result;
}

/** Starts a process that plays a role. It ends with this one, however this one ends. */
export function startRole({ engine, ...params }: RoleParams): RoleProcess {
  const node = engine.node === '24' && !process.version.startsWith('v24.') ? NODE_24 : process.execPath;
  const message = JSON.stringify({ ...params, engineUrl: engine.url, capMs: CAP_MS });
  // Not an argument: the address of the database may hold a password, and arguments are there for everybody to see.
  const child = spawn(node, [path.join(__dirname, 'process', 'main.mjs')], {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    env: { ...process.env, NODE_ENV: 'production', TYPEFLOW_BENCH_ROLE: message },
  });
  let errors = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (errors = (errors + text).slice(-4_000)));
  const timer = setTimeout(() => child.kill('SIGKILL'), KILL_MS);
  const result = new Promise<RoleResult>((resolve, reject) => {
    let answer: RoleResult | undefined;
    child.on('message', (received: RoleResult | Event) => {
      if (!('event' in received)) answer = received;
    });
    child.once('error', reject);
    child.once('close', (code, signal) => {
      clearTimeout(timer);
      if (answer !== undefined) resolve(answer);
      else reject(new Error(`${engine.name} as ${params.role} ended with ${String(code ?? signal)}: ${errors}`));
    });
  });
  const told = (event: Event['event']): Promise<void> => {
    const promise = new Promise<void>((resolve, reject) => {
      child.on('message', (received: RoleResult | Event) => {
        if ('event' in received && received.event === event) resolve();
      });
      result.catch(reject);
    });
    promise.catch(() => undefined); // whoever waits for the result is told, too
    return promise;
  };
  return { opened: told('opened'), started: told('started'), result, tell: () => void child.send('go on') };
}

interface Event {
  readonly event: 'opened' | 'started';
}
