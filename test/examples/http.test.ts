import path from 'node:path';
import { Client } from 'pg';
import { Child } from '../fixtures/child-process';
import { createTestDatabase } from '../setup/database';
import type { TestDatabase } from '../setup/database';

describe.each(['express', 'fastify'])('the example behind %s', (framework) => {
  let database: TestDatabase;
  let child: Child;
  let address: string;

  const start = async (env: Readonly<Record<string, string>> = {}): Promise<void> => {
    const file = path.join(__dirname, `../../examples/http/${framework}.ts`);
    child = new Child(file, { DATABASE_URL: database.url, PORT: '0', ...env });
    await child.until((lines) => lines.some((line) => line.startsWith('listening on ')));
    address = child.lines.find((line) => line.startsWith('listening on '))?.slice('listening on '.length) ?? '';
  };
  const ask = async (method: string, url: string, body?: unknown): Promise<{ status: number; body: unknown }> => {
    const init =
      body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
    const response = await fetch(`${address}${url}`, { method, ...init });
    return { status: response.status, body: await response.json() };
  };
  const runs = async (): Promise<number> => {
    const client = new Client({ connectionString: database.url });
    await client.connect();
    const { rows } = await client.query<{ n: number }>('SELECT count(*)::int AS n FROM typeflow.run');
    await client.end();
    return rows[0]?.n ?? -1;
  };
  const ended = async (url: string): Promise<unknown> => {
    for (;;) {
      const { body } = await ask('GET', url);
      if (['COMPLETED', 'FAILED', 'CANCELLED'].includes((body as { status: string }).status)) return body;
    }
  };

  beforeAll(async () => (database = await createTestDatabase()));
  afterAll(async () => {
    if (child.process.exitCode === null) await child.kill();
    await database.drop();
  });

  it('starts a run within the transaction of its request, waits for it and cancels it', async () => {
    await start();
    expect(await ask('POST', '/bookings', { room: '101', guest: 'Ada' })).toMatchObject({
      status: 202,
      body: { href: '/bookings/101' },
    });
    expect(await ended('/bookings/101')).toEqual({ status: 'COMPLETED', confirmation: 'confirmed-101 for Ada' });
    // Refused within the transaction: no run was started.
    expect(await ask('POST', '/bookings', { room: '101', guest: 'Bob' })).toMatchObject({ status: 409 });
    expect(await ask('POST', '/bookings', { room: 101 })).toMatchObject({ status: 400 });
    expect(await runs()).toBe(1);
    expect(await ask('DELETE', '/bookings/101')).toMatchObject({ status: 409 });
    expect(await ask('GET', '/bookings/999')).toMatchObject({ status: 404 });
    expect(await child.kill('SIGTERM')).toBe(0);
    expect(child.stderr).toBe('');
  }, 60_000);

  it('is stopped amid a run and started again: the run finishes; another is cancelled', async () => {
    await start({ BOOKING_LATENCY_MS: '60000' });
    await ask('POST', '/bookings', { room: '102', guest: 'Grace' });
    await ask('POST', '/bookings', { room: '103', guest: 'Alan' });
    expect(await ask('GET', '/bookings/102')).toEqual({ status: 200, body: { status: 'RUNNING' } });
    expect(await ask('DELETE', '/bookings/103')).toMatchObject({ status: 202 });
    expect(await ended('/bookings/103')).toEqual({ status: 'CANCELLED' });
    expect(await child.kill('SIGTERM')).toBe(0);

    await start();
    expect(await ended('/bookings/102')).toEqual({ status: 'COMPLETED', confirmation: 'confirmed-102 for Grace' });
    expect(await runs()).toBe(3);
    expect(await child.kill('SIGTERM')).toBe(0);
    expect(child.stderr).toBe('');
  }, 60_000);
});
