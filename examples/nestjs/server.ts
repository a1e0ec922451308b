// Workflows in NestJS: DATABASE_URL=postgres://… npx ts-node examples/nestjs/server.ts
import { NestFactory } from '@nestjs/core';
import { AppModule } from './app.module';

async function main(): Promise<void> {
  const app = await NestFactory.create(AppModule, { logger: ['warn', 'error'], forceCloseConnections: true });
  // SIGTERM and SIGINT close the application: its runner drains, then the DataSource is closed.
  app.enableShutdownHooks();
  await app.listen(Number(process.env['PORT'] ?? 3000), '127.0.0.1');
  console.log(`listening on ${await app.getUrl()}`);
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
