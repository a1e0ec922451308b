import { Client } from 'pg';
import { createTestDatabase } from './database';

describe('the tests’ PostgreSQL', () => {
  it('gives each suite an empty database that can be dropped while in use', async () => {
    const database = await createTestDatabase();
    const client = new Client({ connectionString: database.url });
    client.on('error', () => undefined); // the drop ends this connection
    await client.connect();
    const { rows } = await client.query<{ version: number }>(
      "SELECT current_setting('server_version_num')::int AS version",
    );
    expect(rows[0]?.version).toBeGreaterThanOrEqual(150_000);
    await database.drop();
    await expect(new Client({ connectionString: database.url }).connect()).rejects.toMatchObject({ code: '3D000' });
  });
});
