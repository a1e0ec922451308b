import { defineWorkflow, prometheusMetrics, WorkflowRunner } from '../../src/index';
import type { PrometheusMetrics, ReadQueues, RunFacts } from '../../src/index';

const RUN: RunFacts = {
  id: '0190a000-0000-7000-8000-000000000001',
  workflow: 'orders',
  flow: 'main',
  queue: 'default',
  generation: 1,
  epoch: 1,
  createdAt: 1_000,
  startedAt: 2_000,
};

/** The value of one line of the page, by its name and labels as they are written. */
const valueOf = (page: string, series: string): number | undefined => {
  const line = page.split('\n').find((one) => one.startsWith(`${series} `));
  return line === undefined ? undefined : Number(line.slice(series.length + 1));
};

describe('the page for Prometheus', () => {
  it('has nothing but the counter of its own failures before anything has happened', async () => {
    expect(await prometheusMetrics().render()).toBe(
      `# HELP typeflow_queue_read_errors_total How often the queues could not be read.
# TYPE typeflow_queue_read_errors_total counter
typeflow_queue_read_errors_total 0
`,
    );
  });

  it('names its content type', () => {
    expect(prometheusMetrics().contentType).toBe('text/plain; version=0.0.4; charset=utf-8');
  });

  it('writes counters and cumulative buckets, with sum and count', async () => {
    const metrics = prometheusMetrics();
    const end = (at: number): void =>
      metrics.telemetry.runBegun?.(RUN)?.ended?.({ outcome: 'over', status: 'COMPLETED', at });
    end(2_100);
    end(2_100);
    end(2_000 + 100 * 86_400_000);
    const page = await metrics.render();
    const labels = 'workflow="orders",flow="main",outcome="completed"';
    expect(page).toContain('# TYPE typeflow_runs_total counter\n');
    expect(valueOf(page, `typeflow_runs_total{${labels}}`)).toBe(3);
    expect(page).toContain('# TYPE typeflow_run_duration_seconds histogram\n');
    const bucket = (le: string) => valueOf(page, `typeflow_run_duration_seconds_bucket{${labels},le="${le}"}`);
    // A bound belongs to its bucket.
    expect([bucket('0.05'), bucket('0.1'), bucket('86400'), bucket('+Inf')]).toEqual([0, 2, 2, 3]);
    expect(valueOf(page, `typeflow_run_duration_seconds_sum{${labels}}`)).toBeCloseTo(8_640_000.2);
    expect(valueOf(page, `typeflow_run_duration_seconds_count{${labels}}`)).toBe(3);
  });

  it('counts a stretch that ends without the run as no run', async () => {
    const metrics = prometheusMetrics();
    for (const outcome of ['parked', 'released', 'lost'] as const) {
      metrics.telemetry.runBegun?.(RUN)?.ended?.({ outcome });
    }
    expect(await metrics.render()).not.toContain('typeflow_runs_total');
  });

  it('escapes what names may hold', async () => {
    const metrics = prometheusMetrics();
    const run = { ...RUN, workflow: 'a "b"\\c\nd' };
    metrics.telemetry.runBegun?.(run)?.ended?.({ outcome: 'over', status: 'FAILED', at: 2_000 });
    expect(await metrics.render()).toContain(
      'typeflow_runs_total{workflow="a \\"b\\"\\\\c\\nd",flow="main",outcome="failed"} 1\n',
    );
  });

  it('counts retries by failures, and not by attempts: a crash is none', async () => {
    const metrics = prometheusMetrics();
    const observer = metrics.telemetry.runBegun?.(RUN);
    const attempt = { task: 'charge', kind: 'task', index: -1 } as const;
    observer?.attempt?.({ ...attempt, attempt: 1, failures: 0 });
    observer?.attempt?.({ ...attempt, attempt: 2, failures: 0 });
    observer?.attempt?.({ ...attempt, attempt: 3, failures: 1 });
    expect(valueOf(await metrics.render(), 'typeflow_retries_total{workflow="orders"}')).toBe(1);
  });

  describe('of the queues', () => {
    const observing = (metrics: PrometheusMetrics, read: ReadQueues) => metrics.telemetry.observeQueues?.(read);

    it('reads them anew each time, until that is ended', async () => {
      const metrics = prometheusMetrics();
      let due = 0;
      const stop = observing(metrics, async () => [{ queue: 'gpu', due: ++due, oldestMs: 1_500 }]);
      expect(valueOf(await metrics.render(), 'typeflow_queue_depth{queue="gpu"}')).toBe(1);
      const page = await metrics.render();
      expect(valueOf(page, 'typeflow_queue_depth{queue="gpu"}')).toBe(2);
      expect(valueOf(page, 'typeflow_queue_age_seconds{queue="gpu"}')).toBe(1.5);
      stop?.();
      expect(await metrics.render()).not.toContain('typeflow_queue_depth');
      expect(due).toBe(2);
    });

    it('tells a queue of two runners on one database once', async () => {
      const metrics = prometheusMetrics();
      for (let i = 0; i < 2; i++) observing(metrics, async () => [{ queue: 'default', due: 3, oldestMs: 0 }]);
      const page = await metrics.render();
      expect(page.match(/^typeflow_queue_depth\{/gm)).toHaveLength(1);
    });

    it('leaves them out and counts that while they cannot be read', async () => {
      const metrics = prometheusMetrics();
      observing(metrics, () => Promise.reject(new Error('the database does not answer')));
      const page = await metrics.render();
      expect(page).not.toContain('typeflow_queue_depth');
      expect(valueOf(page, 'typeflow_queue_read_errors_total')).toBe(1);
    });

    it('never asks where they are not wanted', () => {
      expect(prometheusMetrics({ queues: false }).telemetry.observeQueues).toBeUndefined();
    });
  });

  it('has the figures of runs in a runner', async () => {
    let calls = 0;
    const orders = defineWorkflow('orders')
      .task('flaky', { retries: { max: 2, initialDelay: 1 } }, () => {
        if (++calls < 3) throw new Error('not yet');
        return calls;
      })
      .flow('main', { dependsOn: ['flaky'] }, (count: number) => count)
      .flow('broken', { retries: 0 }, () => {
        throw new Error('no');
      })
      .build();
    const metrics = prometheusMetrics();
    const { telemetry } = metrics;
    await using runner = await WorkflowRunner.create({ workflows: [orders], database: 'memory:', telemetry });
    await runner.run(orders, 'main');
    await expect(runner.run(orders, 'broken')).rejects.toThrow('no');
    await runner.start(orders, 'main', undefined, { queue: 'nobody' });

    const page = await metrics.render();
    const figures = Object.fromEntries(
      page
        .split('\n')
        .filter((line) => /^typeflow_(starts|runs|nodes|retries|attempt_duration_seconds_count|queue_depth)/.test(line))
        .map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))]),
    );
    expect(figures).toEqual({
      'typeflow_starts_total{workflow="orders",flow="main",outcome="created"}': 2,
      'typeflow_starts_total{workflow="orders",flow="broken",outcome="created"}': 1,
      'typeflow_runs_total{workflow="orders",flow="main",outcome="completed"}': 1,
      'typeflow_runs_total{workflow="orders",flow="broken",outcome="failed"}': 1,
      'typeflow_nodes_total{workflow="orders",kind="task",outcome="completed"}': 1,
      'typeflow_nodes_total{workflow="orders",kind="flow",outcome="completed"}': 1,
      'typeflow_nodes_total{workflow="orders",kind="flow",outcome="failed"}': 1,
      'typeflow_attempt_duration_seconds_count{workflow="orders",kind="task",outcome="failed"}': 2,
      'typeflow_attempt_duration_seconds_count{workflow="orders",kind="task",outcome="completed"}': 1,
      'typeflow_attempt_duration_seconds_count{workflow="orders",kind="flow",outcome="completed"}': 1,
      'typeflow_attempt_duration_seconds_count{workflow="orders",kind="flow",outcome="failed"}': 1,
      'typeflow_retries_total{workflow="orders"}': 2,
      'typeflow_queue_depth{queue="nobody"}': 1,
    });
  });
});
