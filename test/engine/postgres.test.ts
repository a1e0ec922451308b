import { createTestDatabase } from '../setup/database';
import { executionSuite } from './execution-suite';
import { hardCasesSuite } from './hard-cases-suite';
import { lifecycleSuite } from './lifecycle-suite';

const openDatabase = async () => {
  const { url, drop } = await createTestDatabase();
  return { database: url, drop };
};

executionSuite('PostgreSQL', openDatabase);
lifecycleSuite('PostgreSQL', openDatabase);
hardCasesSuite('PostgreSQL', openDatabase);
