import 'reflect-metadata';
import path from 'node:path';
import { container as globalContainer } from 'tsyringe';
import { WorkflowRunner } from '../../src';
import { loadConfig } from '../../src/application/config/load-config';

describe('the application of the example image', () => {
  it('is found in its folder, and runs', async () => {
    const folder = path.join(__dirname, '..', '..', 'examples', 'deploy');
    const {
      config: { worker = {}, ...config },
    } = await loadConfig({ folder });
    const runner = await WorkflowRunner.create({
      ...config,
      worker,
      database: 'memory:',
      container: globalContainer.createChildContainer(),
    });
    const [workflow] = runner.workflows;
    expect(await runner.run(workflow as never, 'main' as never, { name: 'Ann' } as never)).toMatchObject({
      text: 'Hello, Ann!',
    });
    await runner.close();
  }, 60_000);
});
