import { changeSuite } from './change-suite';
import { createTestDatabase } from '../setup/database';
import { childrenSuite } from './children-suite';
import { compensationSuite } from './compensation-suite';
import { concurrencySuite } from './concurrency-suite';
import { deploySuite } from './deploy-suite';
import { eventsSuite } from './events-suite';
import { executionSuite } from './execution-suite';
import { explainSuite } from './explain-suite';
import { hardCasesSuite } from './hard-cases-suite';
import { heldSuite } from './held-suite';
import { lifecycleSuite } from './lifecycle-suite';
import { retentionSuite } from './retention-suite';
import { transactionsSuite } from './transactions-suite';
import { schedulesSuite } from './schedules-suite';
import { waitsSuite } from './waits-suite';

const openDatabase = async () => {
  const { url, drop } = await createTestDatabase();
  return { database: url, drop };
};

executionSuite('PostgreSQL', openDatabase);
lifecycleSuite('PostgreSQL', openDatabase);
hardCasesSuite('PostgreSQL', openDatabase);
retentionSuite('PostgreSQL', openDatabase);
waitsSuite('PostgreSQL', openDatabase);
schedulesSuite('PostgreSQL', openDatabase);
childrenSuite('PostgreSQL', openDatabase);
compensationSuite('PostgreSQL', openDatabase);
explainSuite('PostgreSQL', openDatabase);
heldSuite('PostgreSQL', openDatabase);
concurrencySuite('PostgreSQL', openDatabase);
deploySuite('PostgreSQL', openDatabase);
changeSuite('PostgreSQL', openDatabase);
transactionsSuite('PostgreSQL', openDatabase);
eventsSuite('PostgreSQL', openDatabase);
