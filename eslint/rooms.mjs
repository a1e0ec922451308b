// The arrows between the folders of src/, and where third-party packages may be named. This is the only place that states
// them: the lint rule `house/room-imports` enforces it, test/architecture proves that the rule fires for every missing arrow.

/**
 * Which rooms a room may import from, types included; itself always. A folder without a row is an error.
 *
 * @type {Readonly<Record<string, readonly string[]>>}
 */
export const arrows = {
  core: [],
  graph: ['core'],
  decorators: ['graph', 'core'],
  planner: ['graph', 'core'],
  execution: ['graph', 'core'],
  store: ['core'],
  di: ['core'],
  telemetry: ['core'],
  runner: ['telemetry', 'di', 'store', 'execution', 'planner', 'decorators', 'graph', 'core'],
  testing: ['runner', 'telemetry', 'di', 'store', 'execution', 'planner', 'decorators', 'graph', 'core'],
  application: ['runner', 'telemetry', 'decorators', 'graph', 'core'],
  service: ['application', 'runner', 'telemetry', 'core'],
  cli: ['service', 'application', 'runner', 'telemetry', 'core'],
  nestjs: ['runner', 'di', 'decorators', 'core'],
  dashboard: [],
  // The entry file: what `typeflow` exports. `typeflow/testing` and the programs have entries of their own.
  'index.ts': [
    'application',
    'runner',
    'telemetry',
    'di',
    'store',
    'execution',
    'planner',
    'decorators',
    'graph',
    'core',
  ],
};

/** The folders that may import what only its users name, at run time: their application. Everywhere else an import is a literal. */
export const importsUsersCode = ['application/config'];

/** Rooms without clock, randomness, timers and I/O: what they need to know comes in as an argument. */
export const pureRooms = ['core', 'graph', 'planner'];

/**
 * The names that a pure room may import from Node's own modules: functions of their arguments.
 *
 * @type {Readonly<Record<string, readonly string[]>>}
 */
export const pureBuiltins = {
  'node:crypto': ['createHash'],
  'node:util': ['types', 'isDeepStrictEqual'],
};

/**
 * The folders in which a package may be used, and the types that every room may name (with `import type`), because public
 * signatures do. A package without a row is an error: a new dependency is given its room here.
 *
 * @type {Readonly<Record<string, { readonly rooms: readonly string[]; readonly types?: readonly string[] }>>}
 */
export const packages = {
  croner: { rooms: ['core'] },
  cockatiel: { rooms: ['execution'], types: ['IPolicy'] },
  typeorm: { rooms: ['store/typeorm'], types: ['DataSource', 'EntityManager'] },
  pg: { rooms: ['store/typeorm'] },
  '@electric-sql/pglite': { rooms: ['store/typeorm'] },
  tsyringe: { rooms: ['di'], types: ['DependencyContainer', 'InjectionToken'] },
  '@opentelemetry/api': { rooms: ['telemetry'] },
  fastify: { rooms: ['service'] },
  '@fastify/rate-limit': { rooms: ['service'] },
  commander: { rooms: ['cli'] },
  '@nestjs/common': { rooms: ['nestjs'] },
  '@nestjs/core': { rooms: ['nestjs'] },
  'reflect-metadata': { rooms: ['decorators', 'di', 'index.ts'] },
};
