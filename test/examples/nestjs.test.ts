import 'typeflow/testing/jest';
import path from 'node:path';
import type { INestApplication } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { getDataSourceToken } from '@nestjs/typeorm';
import { NonRetryableError, WorkflowRunner } from 'typeflow';
import { NestContainer, TypeflowModule } from 'typeflow/nestjs';
import { createTestRunner } from 'typeflow/testing';
import { DataSource } from 'typeorm';
import { AppModule } from '../../examples/nestjs/app.module';
import { BookingWorkflow } from '../../examples/nestjs/booking-workflow';
import { Hotel } from '../../examples/nestjs/hotel';
import { HotelModule } from '../../examples/nestjs/hotel.module';
import { Child } from '../fixtures/child-process';
import { createTestDatabase } from '../setup/database';
import type { TestDatabase } from '../setup/database';

const ada = { room: '101', guest: 'Ada' };

// As somebody would write them who has just written the workflow: no database, no waiting, and the hotel is a stand-in.
describe('the workflow in NestJS, tried alone', () => {
  const hotel = { hold: jest.fn(), release: jest.fn(), confirm: jest.fn() };

  const create = async () => {
    const module = await Test.createTestingModule({
      imports: [TypeflowModule.forRoot({ database: 'memory:' }), HotelModule],
    })
      .overrideProvider(Hotel)
      .useValue(hotel)
      .compile();
    return {
      module,
      t: await createTestRunner({ workflows: [BookingWorkflow], container: module.get(NestContainer) }),
    };
  };

  beforeEach(() => {
    jest.resetAllMocks();
    hotel.hold.mockResolvedValue('hold-101');
    hotel.confirm.mockResolvedValue('confirmed-101');
  });

  it('books a room, though the hotel is busy at first', async () => {
    const { module, t } = await create();
    hotel.hold.mockRejectedValueOnce(new Error('busy'));
    expect(await t.run(BookingWorkflow, 'main', ada)).toBe('confirmed-101 for Ada');
    const keys = hotel.hold.mock.calls.map(([, key]) => key as string);
    expect(keys).toEqual([keys[0], keys[0]]);
    await t.close();
    await module.close();
  });

  it('releases a room that is not confirmed', async () => {
    const { module, t } = await create();
    hotel.confirm.mockRejectedValue(new NonRetryableError('no such guest'));
    const run = await t.start(BookingWorkflow, 'main', ada);
    await expect(run).toHaveFailedWith('no such guest');
    await expect(run).toHaveCompensated('hold');
    expect(hotel.release).toHaveBeenCalledWith('hold-101');
    await t.close();
    await module.close();
  });
});

describe('the application of NestJS', () => {
  let database: TestDatabase;
  let address: string;
  let child: Child | undefined;

  const ask = async (method: string, url: string, body?: unknown): Promise<{ status: number; body: unknown }> => {
    const init =
      body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
    const response = await fetch(`${address}${url}`, { method, ...init });
    return { status: response.status, body: await response.json() };
  };
  const ended = async (url: string): Promise<unknown> => {
    for (;;) {
      const { body } = await ask('GET', url);
      if (['COMPLETED', 'FAILED', 'CANCELLED'].includes((body as { status: string }).status)) return body;
    }
  };

  beforeAll(async () => {
    database = await createTestDatabase();
    process.env['DATABASE_URL'] = database.url;
  });
  afterAll(async () => {
    delete process.env['DATABASE_URL'];
    if (child?.process.exitCode === null && child.process.signalCode === null) await child.kill();
    await database.drop();
  });

  describe('in the process of the test', () => {
    let app: INestApplication;
    beforeAll(async () => {
      const module = await Test.createTestingModule({ imports: [AppModule] }).compile();
      app = module.createNestApplication({ logger: false, forceCloseConnections: true });
      await app.listen(0, '127.0.0.1');
      address = await app.getUrl();
    });
    afterAll(() => app.close());

    it('starts a run within the transaction of its request, waits for it and refuses what it cannot do', async () => {
      const booked = await ask('POST', '/bookings', ada);
      expect(booked).toMatchObject({ status: 202, body: { href: '/bookings/101' } });
      expect(await ended('/bookings/101')).toEqual({ status: 'COMPLETED', confirmation: 'confirmed-101 for Ada' });
      // Refused within the transaction: no run was started.
      expect(await ask('POST', '/bookings', { room: '101', guest: 'Bob' })).toMatchObject({ status: 409 });
      expect(await ask('POST', '/bookings', { room: 101 })).toMatchObject({ status: 400 });
      expect(await ask('DELETE', '/bookings/101')).toMatchObject({ status: 409 });
      expect(await ask('GET', '/bookings/999')).toMatchObject({ status: 404 });
      const { items } = await app.get(WorkflowRunner).list();
      expect(items.map(({ id }) => id)).toEqual([(booked.body as { run: string }).run]);
    });

    it('has one DataSource for its tables and the runs', async () => {
      const dataSource = app.get<DataSource>(getDataSourceToken());
      const rows = await dataSource.query<{ status: string }[]>(
        'SELECT r.status FROM booking b JOIN typeflow.run r ON r.id = b.run_id',
      );
      expect(rows).toEqual([{ status: 'COMPLETED' }]);
    });
  });

  describe('in a process of its own', () => {
    const start = async (env: Readonly<Record<string, string>> = {}): Promise<Child> => {
      const file = path.join(__dirname, '../../examples/nestjs/server.ts');
      const started = new Child(file, { DATABASE_URL: database.url, PORT: '0', ...env });
      child = started;
      await started.until((lines) => lines.some((line) => line.startsWith('listening on ')));
      address = started.lines.find((line) => line.startsWith('listening on '))?.slice('listening on '.length) ?? '';
      return started;
    };

    it('is stopped amid a run and started again: the run finishes; another is cancelled', async () => {
      const first = await start({ BOOKING_LATENCY_MS: '60000' });
      await ask('POST', '/bookings', { room: '102', guest: 'Grace' });
      await ask('POST', '/bookings', { room: '103', guest: 'Alan' });
      expect(await ask('GET', '/bookings/102')).toEqual({ status: 200, body: { status: 'RUNNING' } });
      expect(await ask('DELETE', '/bookings/103')).toMatchObject({ status: 202 });
      expect(await ended('/bookings/103')).toEqual({ status: 'CANCELLED' });
      // Nest ends the process by the signal itself, once all is closed.
      expect(await first.kill('SIGTERM')).toBe('SIGTERM');
      expect(first.stderr).toBe('');

      const second = await start();
      expect(await ended('/bookings/102')).toEqual({ status: 'COMPLETED', confirmation: 'confirmed-102 for Grace' });
      const run = await new DataSource({ type: 'postgres', url: database.url }).initialize();
      const rows = await run.query<{ attempt: number; crashes: number }[]>(
        `SELECT n.attempt, r.crashes FROM typeflow.node n JOIN typeflow.run r ON r.id = n.run_id
         JOIN booking b ON b.run_id = r.id WHERE b.room = '102' AND n.node = 'hold'`,
      );
      await run.destroy();
      // Given back, and not taken from a dead worker: nothing was done twice, and no crash is charged.
      expect(rows).toEqual([{ attempt: 1, crashes: 0 }]);
      expect(await second.kill('SIGTERM')).toBe('SIGTERM');
      expect(second.stderr).toBe('');
    }, 60_000);
  });
});
