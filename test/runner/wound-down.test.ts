import { all, defineWorkflow, each, settled, WorkflowRunner } from '../../src';
import { describeReason } from '../../src/core/reasons';

const anInstant = (): { readonly seen: Promise<void>; readonly tell: () => void } => {
  let tell = (): void => undefined;
  const seen = new Promise<void>((resolve) => (tell = resolve));
  return { seen, tell: () => tell() };
};

describe('a node that is cancelled because the outcome of the run is decided', () => {
  it('is told as one that could not go on where an attempt of it was made, and otherwise as one that could not start', async () => {
    const retried = anInstant();
    const retriedElement = anInstant();
    const workflow = defineWorkflow('wound-down')
      .task('fails', { retries: 0 }, async () => {
        await Promise.all([retried.seen, retriedElement.seen]);
        throw new Error('no');
      })
      .task('tried', { retries: { max: 1, initialDelay: '1h' } }, async () => {
        setImmediate(retried.tell);
        throw new Error('try again');
      })
      .task('list', async () => [1])
      .task('mapped', { dependsOn: [each('list')], retries: { max: 1, initialDelay: '1h' } }, async (n: number) => {
        setImmediate(retriedElement.tell);
        if (n > 0) throw new Error('try again');
        return n;
      })
      .task('slow', async (_input: unknown, ctx) => ctx.sleep('1h'))
      .task('never', { dependsOn: [settled('fails')] }, async () => 1)
      .flow('main', { dependsOn: ['fails', 'tried', all('mapped'), 'slow', 'never'] }, async () => 1)
      .build();
    const runner = await WorkflowRunner.create({ workflows: [workflow], database: 'memory:' });
    try {
      const run = await runner.start(workflow, 'main');
      await expect(run.result()).rejects.toThrow('no');
      const reasons = (await runner.get(run.id))?.nodes.map(({ task, index, reason }) => [
        index === undefined ? task : `${task}[${index}]`,
        reason && describeReason(reason),
      ]);
      const decided = 'the outcome of the run was decided before it could';
      expect(Object.fromEntries(reasons ?? [])).toMatchObject({
        tried: `${decided} go on`,
        mapped: `${decided} go on`,
        'mapped[0]': `${decided} go on`,
        slow: `${decided} go on`,
        never: `${decided} start`,
      });
      const [tried] = (await runner.explain(run.id, 'tried')).nodes;
      expect(tried?.sentence).toContain(`${decided} go on`);
    } finally {
      await runner.close();
    }
  });
});
