import type { FlowNode } from '../graph/workflow-graph';
import { Ticket } from './admission';
import type { ExecutionHost } from './execution-host';
import type { SlotNeeds } from './slot-needs';

/** What a call has to be let in with. */
export interface Entry {
  /** Of a call under limits of the fleet, or with a transaction. */
  readonly ticket?: Ticket | undefined;
  /** Why it has no key to be limited by: what it fails with, in its attempt, so that it fails like any other. */
  readonly keyError?: unknown;
}

/** Whether the call of this node works in a transaction. */
export function isTransactional(node: FlowNode, { transactions }: ExecutionHost): boolean {
  return node.options.transactional && transactions !== undefined;
}

/** Of most calls. */
const FREE: Entry = {};

export function entryOf(node: FlowNode, needs: SlotNeeds, host: ExecutionHost): Entry {
  const hasTransaction = isTransactional(node, host);
  try {
    const slots = needs.of(node);
    return slots === undefined && !hasTransaction ? FREE : { ticket: new Ticket(slots ?? [], hasTransaction) };
  } catch (keyError) {
    return { keyError, ticket: hasTransaction ? new Ticket([], true) : undefined };
  }
}
