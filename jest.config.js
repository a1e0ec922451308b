'use strict';

const { availableParallelism } = require('node:os');

/**
 * Run it with `npm test`, a single suite with `npm test -- test/core/durations.test.ts`: the script sets the Node flag that
 * PGlite needs under jest (its WebAssembly is loaded by `import()`).
 *
 * @type {import('jest').Config}
 */
module.exports = {
  roots: ['<rootDir>/test'],
  testEnvironment: 'node',
  testMatch: ['**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/', '/fixtures/'],
  // tsconfig.json sets isolatedModules, so that a file is compiled alone; `npm run typecheck` looks at types.
  transform: { '^.+\\.ts$': ['ts-jest', { tsconfig: '<rootDir>/tsconfig.json' }] },
  moduleNameMapper: {
    '^typeflow$': '<rootDir>/src/index.ts',
    '^typeflow/entities$': '<rootDir>/src/store/typeorm/entry.ts',
    '^typeflow/nestjs$': '<rootDir>/src/nestjs/index.ts',
    '^typeflow/service$': '<rootDir>/src/service/index.ts',
    '^typeflow/telemetry$': '<rootDir>/src/telemetry/index.ts',
    '^typeflow/testing$': '<rootDir>/src/testing/index.ts',
    '^typeflow/testing/jest$': '<rootDir>/src/testing/jest.ts',
    '^typeflow/testing/vitest$': '<rootDir>/src/testing/vitest.ts',
  },
  globalSetup: '<rootDir>/test/setup/global-setup.ts',
  globalTeardown: '<rootDir>/test/setup/global-teardown.ts',
  // Three even on two cores: much of a suite's time is waiting for databases and for other processes.
  maxWorkers: Math.max(3, availableParallelism() - 1),
  workerIdleMemoryLimit: '1GB',
  // For the slowest of machines: no test asserts a speed.
  testTimeout: 60_000,
};
