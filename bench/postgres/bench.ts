import type { EngineSpec, Settings } from './engines';
import { dropDatabase, freshDatabase } from './database';
import { playRole, startRole } from './role-process';
import type { Role, RoleProcess, RoleResult } from './role-process';
import type { Kind } from './workloads';

/** The servers that everything is measured on. */
export interface Servers {
  readonly postgresUrl: string;
  readonly redisUrl: string | undefined;
  readonly postmasterPid: number | undefined;
}

/** What one measurement found: figures by name, and whether all runs were completed by the database's account. */
export interface Measured {
  readonly done: number;
  readonly values: Readonly<Record<string, number>>;
}

/** One engine with one kind of run on storage of its own. */
export class Bench {
  readonly #servers: Servers;
  readonly #engine: EngineSpec;
  readonly #kind: Kind;
  readonly #settings: Settings;
  /** The database; without one the engine is one of Redis. */
  readonly url: string | undefined;

  private constructor(servers: Servers, params: BenchParams, url: string | undefined) {
    this.#servers = servers;
    this.#engine = params.engine;
    this.#kind = params.kind;
    this.#settings = params.settings;
    this.url = url;
  }

  /** Makes empty storage, with the schema of the engine, for as long as `work` takes. */
  static async with<T>(servers: Servers, params: BenchParams, work: (bench: Bench) => Promise<T>): Promise<T> {
    const name = `typeflow_bench_${params.engine.name}`;
    const onPostgres = params.engine.storage === 'postgres';
    const url = onPostgres ? await freshDatabase(servers.postgresUrl, name) : undefined;
    try {
      const bench = new Bench(servers, params, url);
      await bench.play('setup', 0);
      return await work(bench);
    } finally {
      if (onPostgres) await dropDatabase(servers.postgresUrl, name);
    }
  }

  /** Plays a role to its end, in a process of its own. */
  play(role: Role, runs: number): Promise<RoleResult> {
    return playRole(this.#roleParams(role, runs));
  }

  /** Starts a process for a role that is spoken to, or that plays beside others. */
  start(role: Role, runs: number): RoleProcess {
    return startRole(this.#roleParams(role, runs));
  }

  #roleParams(role: Role, runs: number) {
    const { redisUrl, postmasterPid } = this.#servers;
    const isRedis = this.url === undefined;
    return {
      role,
      engine: this.#engine,
      kind: this.#kind,
      runs,
      settings: this.#settings,
      url: this.url,
      redisUrl: isRedis ? redisUrl : undefined,
      postmasterPid: isRedis ? undefined : postmasterPid,
    };
  }
}

export interface BenchParams {
  readonly engine: EngineSpec;
  readonly kind: Kind;
  readonly settings: Settings;
}
