import type { ComparableNode, GraphChangeDetail } from './graph-change';
import type { NodeOptions, RetryOptions } from './node-options';

/** The options of a node that differ. Functions (`retryIf`, `policy`, a `key`) cannot be compared and are left out. */
export function diffOptions(before: ComparableNode, after: ComparableNode): GraphChangeDetail[] {
  if (before.options === undefined || after.options === undefined) return [];
  const news = describe(after, after.options);
  return Object.entries(describe(before, before.options)).flatMap(([option, was]): GraphChangeDetail[] => {
    const is = news[option] as string;
    return was === is ? [] : [{ code: 'option-changed', option, before: was, after: is }];
  });
}

function describe(node: ComparableNode, options: NodeOptions): Record<string, string> {
  const { concurrency } = options;
  const key = typeof concurrency?.key === 'string' ? ` by "${concurrency.key}"` : '';
  return {
    retries: retries(options.retries),
    timeout: time(options.timeoutMs),
    totalTimeout: time(options.totalTimeoutMs),
    queue: options.queue === undefined ? 'none' : `"${options.queue}"`,
    concurrency: concurrency === undefined ? 'none' : `${concurrency.limit}${key}`,
    transactional: String(options.transactional),
    always: String(node.always ?? false),
    onFailure: node.onFailure ?? 'stop',
    compensates: node.compensates === undefined ? 'none' : `"${node.compensates}"`,
  };
}

function retries({ max, backoff, initialDelayMs, maxDelayMs, jitter }: RetryOptions): string {
  if (max === 0) return 'none';
  return `${max} (${backoff}, ${initialDelayMs} ms to ${maxDelayMs} ms${jitter ? '' : ', without jitter'})`;
}

function time(ms: number | false): string {
  return ms === false ? 'none' : `${ms} ms`;
}
