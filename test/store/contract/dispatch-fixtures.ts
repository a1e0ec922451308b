import type {
  CallOffer,
  CallResult,
  ClaimCallsParams,
  ClaimedCall,
  RecordCallParams,
} from '../../../src/store/dispatch';
import type { Scene } from './fixtures';

/** A run of `scene` as its owner knows it. */
export interface Owned {
  readonly runId: string;
  readonly epoch: number;
}

export function anOffer(scene: Scene, overrides: Partial<CallOffer> = {}): CallOffer {
  return {
    node: 'render',
    index: -1,
    attempt: 1,
    queue: scene.queue,
    shape: 's1',
    needs: [],
    failures: 0,
    idempotencyKey: 'key',
    ...overrides,
  };
}

export async function offer(scene: Scene, run: Owned, ...calls: Partial<CallOffer>[]): Promise<'offered' | 'lost'> {
  const offers = (calls.length === 0 ? [{}] : calls).map((one) => anOffer(scene, one));
  return scene.store.dispatches.offer({ ...run, generation: 1, calls: offers });
}

export function claimOf(scene: Scene, overrides: Partial<ClaimCallsParams> = {}): ClaimCallsParams {
  const code = ['render', 'encode'].map((node) => ({ workflow: 'orders', flow: 'main', node, shape: 's1' }));
  return { queues: [scene.queue], code, limit: 100, suspectFrom: 100, takesSuspect: false, ...overrides };
}

/** What `workerId` is given, on the store's other instance. */
export async function claim(
  scene: Scene,
  workerId: string,
  overrides: Partial<ClaimCallsParams> = {},
): Promise<readonly ClaimedCall[]> {
  return (await scene.other.dispatches.poll({ workerId, claim: claimOf(scene, overrides) })).claimed;
}

export async function claimOne(scene: Scene, workerId: string): Promise<ClaimedCall> {
  const [call] = await claim(scene, workerId);
  if (call === undefined) throw new Error('expected a claimed call');
  return call;
}

export const VALUE: CallResult = {
  kind: 'completed',
  value: '{"b":1,"aa":null}',
  overran: false,
  startedAt: 5,
  finishedAt: 7,
};

export function resultOf(call: ClaimedCall, overrides: Partial<RecordCallParams> = {}): RecordCallParams {
  const { runId, node, index, attempt, generation, token } = call;
  return { runId, node, index, attempt, generation, token, result: VALUE, ...overrides };
}
