// Workflows behind Express: DATABASE_URL=postgres://… npx ts-node examples/http/express.ts
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import express from 'express';
import type { Request, Response } from 'express';
import { closeOnSignals, startApplication } from './application';
import type { Answer } from './bookings';

async function main(): Promise<void> {
  const { bookings, close } = await startApplication();
  const app = express();
  app.use(express.json({ limit: '16kb' }));

  app.post('/bookings', async (request: Request, response: Response) =>
    send(response, await bookings.book(request.body)),
  );
  app.get('/bookings/:room', async (request: Request<{ room: string }>, response: Response) => {
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    send(response, await bookings.show(request.params.room, gone.signal));
  });
  app.delete('/bookings/:room', async (request: Request<{ room: string }>, response: Response) =>
    send(response, await bookings.cancel(request.params.room)),
  );

  const server = app.listen(Number(process.env['PORT'] ?? 3000), '127.0.0.1');
  await once(server, 'listening');
  closeOnSignals(async () => {
    const closed = once(server, 'close');
    server.close();
    server.closeIdleConnections();
    await close();
    server.closeAllConnections();
    await closed;
  });
  console.log(`listening on http://127.0.0.1:${(server.address() as AddressInfo).port}`);
}

function send(response: Response, { status, body }: Answer): void {
  response.status(status).json(body);
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
