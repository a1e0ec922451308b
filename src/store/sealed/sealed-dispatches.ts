import type { CallResult, ClaimedCall, Dispatches, RecordCallParams, TakenCalls } from '../dispatch';
import { childInputIn, inputOf, resultOf, SKIP_REASON } from './contexts';
import type { PayloadOpening, PayloadSeal } from './payload-seal';
import { openNode } from './sealed-records';

/** Calls on other workers, with their arguments and results sealed. */
export function sealDispatches(inner: Dispatches, seal: PayloadSeal): Dispatches {
  return {
    offer: (params) => inner.offer(params),
    poll: async (params) => {
      const polled = await inner.poll(params);
      return { ...polled, claimed: polled.claimed.map((call) => openCall(seal, call)) };
    },
    record: async (params) => inner.record(sealCall(seal, params)),
    release: (params) => inner.release(params),
    list: (params) => inner.list(params),
    take: async (params) => openTaken(seal, params.runId, await inner.take(params)),
    abort: (params) => inner.abort(params),
    remove: (params) => inner.remove(params),
  };
}

export function sealCall(seal: PayloadSeal, params: RecordCallParams): RecordCallParams {
  return { ...params, result: sealResult(seal, params) };
}

function sealResult(seal: PayloadSeal, { runId, result, ...address }: RecordCallParams): CallResult {
  switch (result.kind) {
    case 'completed':
      return { ...result, value: seal.value(result.value, resultOf(runId, address)) };
    case 'failed':
      return { ...result, error: seal.failure(result.error) };
    case 'skipped':
      return { ...result, reason: seal.text(result.reason, SKIP_REASON) };
    case 'waiting':
      return withRequest(result, (input) => seal.value(input, childInputIn(runId)));
  }
}

/** What stays sealed is an error of the whole: the owner of the run asks again. */
function openTaken(seal: PayloadSeal, runId: string, taken: TakenCalls): TakenCalls {
  const opening = seal.opening();
  const ended = taken.ended.map((call) => ({ ...call, result: openResult(opening, runId, call) }));
  opening.check();
  return { ...taken, ended };
}

function openResult(
  opening: PayloadOpening,
  runId: string,
  { result, ...address }: TakenCalls['ended'][number],
): CallResult {
  switch (result.kind) {
    case 'completed':
      return { ...result, value: opening.value(result.value, resultOf(runId, address)) };
    case 'failed':
      return { ...result, error: opening.failure(result.error) };
    case 'skipped':
      return { ...result, reason: opening.text(result.reason, SKIP_REASON) };
    case 'waiting':
      return withRequest(result, (input) => opening.value(input, childInputIn(runId)));
  }
}

function withRequest(
  result: Extract<CallResult, { readonly kind: 'waiting' }>,
  change: (input: string) => string,
): CallResult {
  const { request } = result;
  if (request.kind !== 'child') return result;
  const { child } = request;
  return { ...result, request: { ...request, child: { ...child, input: change(child.input) } } };
}

function openCall(seal: PayloadSeal, call: ClaimedCall): ClaimedCall {
  const opening = seal.opening();
  const input = opening.value(call.input, inputOf(call.workflow));
  const upstream = call.upstream.map((node) => openNode(opening, call.runId, node));
  const { problem } = opening;
  return problem === undefined ? { ...call, input, upstream } : { ...call, sealed: problem };
}
