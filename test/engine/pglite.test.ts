import { changeSuite } from './change-suite';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { concurrencySuite } from './concurrency-suite';
import { deploySuite } from './deploy-suite';
import { executionSuite } from './execution-suite';
import { explainSuite } from './explain-suite';
import { hardCasesSuite } from './hard-cases-suite';
import { lifecycleSuite } from './lifecycle-suite';
import { retentionSuite } from './retention-suite';
import { transactionsSuite } from './transactions-suite';

const openDatabase = async () => {
  const folder = await mkdtemp(join(tmpdir(), 'typeflow-engine-'));
  return { database: `pglite:${join(folder, 'data')}`, drop: () => rm(folder, { recursive: true, force: true }) };
};

executionSuite('PGlite', openDatabase);
lifecycleSuite('PGlite', openDatabase);
hardCasesSuite('PGlite', openDatabase);
retentionSuite('PGlite', openDatabase);
explainSuite('PGlite', openDatabase);
concurrencySuite('PGlite', openDatabase);
deploySuite('PGlite', openDatabase);
changeSuite('PGlite', openDatabase);
transactionsSuite('PGlite', openDatabase);
