import { createTestDatabase } from '../setup/database';
import { engineSuite } from './engine-suite';
import { hardCasesSuite } from './hard-cases-suite';

const openDatabase = async () => {
  const { url, drop } = await createTestDatabase();
  return { database: url, drop };
};

engineSuite('PostgreSQL', openDatabase);
hardCasesSuite('PostgreSQL', openDatabase);
