// Workflows behind Fastify: DATABASE_URL=postgres://… npx ts-node examples/http/fastify.ts
import fastify from 'fastify';
import { closeOnSignals, startApplication } from './application';

async function main(): Promise<void> {
  const { bookings, close } = await startApplication();
  const app = fastify({ bodyLimit: 16 * 1024, forceCloseConnections: true });

  app.post('/bookings', async (request, reply) => {
    const { status, body } = await bookings.book(request.body);
    return reply.code(status).send(body);
  });
  app.get<{ Params: { room: string } }>('/bookings/:room', async (request, reply) => {
    const gone = new AbortController();
    reply.raw.once('close', () => gone.abort());
    const { status, body } = await bookings.show(request.params.room, gone.signal);
    return reply.code(status).send(body);
  });
  app.delete<{ Params: { room: string } }>('/bookings/:room', async (request, reply) => {
    const { status, body } = await bookings.cancel(request.params.room);
    return reply.code(status).send(body);
  });
  // Requests are answered while the runner drains.
  app.addHook('onClose', close);

  const address = await app.listen({ port: Number(process.env['PORT'] ?? 3000), host: '127.0.0.1' });
  closeOnSignals(() => app.close());
  console.log(`listening on ${address}`);
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
