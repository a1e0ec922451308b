// npm run openapi: writes docs/openapi.json from the routes of the service.
import 'reflect-metadata';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describeService } from './describe-service';

async function main(): Promise<void> {
  const file = path.join(__dirname, '..', '..', 'docs', 'openapi.json');
  const prettier = await import('prettier');
  const options = { ...(await prettier.resolveConfig(file)), filepath: file };
  await writeFile(file, await prettier.format(JSON.stringify(describeService().document), options));
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
