import { bullmqEngine } from '../lib/bullmq.mjs';

/** On Redis. */
export const engine = bullmqEngine('redis');
