import { createTestDatabase } from '../setup/database';
import { changeSuite } from './change-suite';
import { childrenSuite } from './children-suite';
import { compensationSuite } from './compensation-suite';
import { deploySuite } from './deploy-suite';
import { eventsSuite } from './events-suite';
import { executionSuite } from './execution-suite';
import { heldSuite } from './held-suite';
import { lifecycleSuite } from './lifecycle-suite';
import { schedulesSuite } from './schedules-suite';
import { testPayloads } from './sealed-fixture';
import { transactionsSuite } from './transactions-suite';
import { waitsSuite } from './waits-suite';

// What is not about values (slots, deleting, explaining, large graphs) is run sealed in memory, and on PostgreSQL without.
const name = 'PostgreSQL, sealed';
const openDatabase = async () => {
  const { url, drop } = await createTestDatabase();
  return { database: url, options: { payloads: testPayloads() }, drop };
};

executionSuite(name, openDatabase);
lifecycleSuite(name, openDatabase);
waitsSuite(name, openDatabase);
schedulesSuite(name, openDatabase);
childrenSuite(name, openDatabase);
compensationSuite(name, openDatabase);
deploySuite(name, openDatabase);
changeSuite(name, openDatabase);
transactionsSuite(name, openDatabase);
eventsSuite(name, openDatabase);
heldSuite(name, openDatabase);
