// A user's program that serves workflows. check.mjs compiles it to CommonJS and to ESM against the packed tarball and Fastify.
import { fastify } from 'fastify';
import { WorkflowRunner, defineWorkflow } from 'typeflow';
import { createService, typeflowService } from 'typeflow/service';

const greeting = defineWorkflow('greeting')
  .flow('main', async (name: string) => `Hello ${name}!`)
  .build();

async function greet(url: string, name: string): Promise<string> {
  const post = async (path: string, body: object): Promise<{ id: string; output: string }> => {
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(url + path, { method: 'POST', headers, body: JSON.stringify(body) });
    return (await answer.json()) as { id: string; output: string };
  };
  const { id } = await post('/workflows', { name: 'greeting', input: name });
  return (await post(`/workflows/${id}/execute`, { wait: '30s' })).output;
}

async function main(): Promise<void> {
  const runner = await WorkflowRunner.create({ workflows: [greeting], database: 'memory:' });
  const service = await createService(runner, { port: 0 });
  const app = fastify();
  await app.register(typeflowService, { prefix: '/flows', runner, auth: 'host' });
  const address = await app.listen({ port: 0, host: '127.0.0.1' });
  console.log(await greet(service.url, 'Ann'), await greet(`${address}/flows`, 'Bob'));
  await app.close();
  await service.close();
  await runner.close();
}

void main();
