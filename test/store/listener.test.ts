import { Client } from 'pg';
import { systemClock } from '../../src/runner/system-clock';
import { Listener } from '../../src/store/typeorm/hints/listener';
import { TcpProxy } from '../fixtures/tcp-proxy';
import { createTestDatabase } from '../setup/database';
import type { TestDatabase } from '../setup/database';

/** What a listener reported, in order, to be waited for. */
class Reports {
  readonly seen: string[] = [];
  #watch: (() => void) | undefined;

  add(report: string): void {
    this.seen.push(report);
    this.#watch?.();
  }

  until(holds: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      this.#watch = () => (holds() ? resolve() : undefined);
      this.#watch();
    });
  }
}

describe('the listening connection', () => {
  let database: TestDatabase;
  let admin: Client;
  let proxy: TcpProxy;
  let listener: Listener;
  let reports: Reports;

  beforeAll(async () => {
    database = await createTestDatabase();
    admin = new Client({ connectionString: database.url });
    await admin.connect();
  });
  afterAll(async () => {
    await admin.end();
    await database.drop();
  });

  beforeEach(async () => {
    reports = new Reports();
    proxy = await TcpProxy.before(database.url);
    listener = new Listener({
      clock: systemClock,
      channel: 'odd "name"',
      newClient: () => new Client({ connectionString: proxy.url, connectionTimeoutMillis: 200 }),
      onMessage: (payload) => reports.add(payload),
      onGap: () => reports.add('gap'),
      heartbeatMs: 50,
      answerWithinMs: 100,
      random: () => 0,
    });
  });
  afterEach(async () => {
    listener.stop();
    await proxy.close();
  });

  const say = (text: string): Promise<unknown> => admin.query('SELECT pg_notify($1, $2)', ['odd "name"', text]);
  const gaps = (): number => reports.seen.filter((report) => report === 'gap').length;
  const listening = (count: number): Promise<void> => reports.until(() => gaps() >= count);

  it('reports a gap when it has begun to listen, and then what is said', async () => {
    expect(listener.state).toBe('off');
    listener.start();
    expect(listener.state).toBe('lost');
    await listening(1);
    expect(listener.state).toBe('on');
    await say('hello');
    await reports.until(() => reports.seen.includes('hello'));
    listener.stop();
    expect(listener.state).toBe('off');
  });

  it('comes back after its backend was terminated, and reports the gap', async () => {
    listener.start();
    await listening(1);
    const { rowCount } = await admin.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE application_name = 'typeflow listener' AND datname = current_database()`,
    );
    expect(rowCount).toBe(1);
    await listening(2);
    await say('again');
    await reports.until(() => reports.seen.includes('again'));
  });

  // R26
  it('notices a half-open connection by itself, says that it is lost, and listens anew when the network is back', async () => {
    listener.start();
    await listening(1);
    proxy.mode = 'blackhole';
    while (listener.state === 'on') await new Promise((resolve) => setTimeout(resolve, 10));
    expect(proxy.dropped).toBeGreaterThan(0);
    await say('unheard');
    proxy.mode = 'pass';
    await listening(2);
    expect([listener.state, reports.seen.includes('unheard')]).toEqual(['on', false]);
    await say('heard');
    await reports.until(() => reports.seen.includes('heard'));
  });

  it('notices that its session no longer listens, as behind a transaction pooler', async () => {
    const clients: Client[] = [];
    listener = new Listener({
      clock: systemClock,
      channel: 'pooled',
      newClient: () => {
        const client = new Client({ connectionString: database.url });
        clients.push(client);
        return client;
      },
      onMessage: () => undefined,
      onGap: () => reports.add('gap'),
      heartbeatMs: 20,
      random: () => 0,
    });
    listener.start();
    await listening(1);
    await clients[0]?.query('UNLISTEN *');
    await listening(2);
    expect(clients).toHaveLength(2);
  });

  it('keeps trying while there is nothing to connect to', async () => {
    proxy.mode = 'reset';
    listener.start();
    while (proxy.connections < 3) await new Promise((resolve) => setTimeout(resolve, 10));
    expect(listener.state).toBe('lost');
    proxy.mode = 'pass';
    await listening(1);
    expect(listener.state).toBe('on');
  });
});
