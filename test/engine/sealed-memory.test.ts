import { changeSuite } from './change-suite';
import { childrenSuite } from './children-suite';
import { compensationSuite } from './compensation-suite';
import { concurrencySuite } from './concurrency-suite';
import { eventsSuite } from './events-suite';
import { executionSuite } from './execution-suite';
import { explainSuite } from './explain-suite';
import { hardCasesSuite } from './hard-cases-suite';
import { heldSuite } from './held-suite';
import { lifecycleSuite } from './lifecycle-suite';
import { retentionSuite } from './retention-suite';
import { schedulesSuite } from './schedules-suite';
import { testPayloads } from './sealed-fixture';
import { waitsSuite } from './waits-suite';

// Everything that the engine does, it does with sealed values too. The name tells the suites which store it is.
const name = 'memory';
const openDatabase = async () => ({
  database: 'memory:',
  options: { payloads: testPayloads() },
  drop: async () => undefined,
});

executionSuite(name, openDatabase);
lifecycleSuite(name, openDatabase);
hardCasesSuite(name, openDatabase);
retentionSuite(name, openDatabase);
waitsSuite(name, openDatabase);
schedulesSuite(name, openDatabase);
childrenSuite(name, openDatabase);
compensationSuite(name, openDatabase);
explainSuite(name, openDatabase);
concurrencySuite(name, openDatabase);
changeSuite(name, openDatabase);
eventsSuite(name, openDatabase);
heldSuite(name, openDatabase);
