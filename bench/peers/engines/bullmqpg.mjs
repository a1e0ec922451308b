import { bullmqEngine } from '../lib/bullmq.mjs';

/** On BullMQ's own PostgreSQL backend. */
export const engine = bullmqEngine('postgres');
