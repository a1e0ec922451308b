import { createTestDatabase } from '../setup/database';
import { engineSuite } from './engine-suite';

engineSuite('PostgreSQL', async () => {
  const { url, drop } = await createTestDatabase();
  return { database: url, drop };
});
