import { defineWorkflow } from 'typeflow';

/** Wall time to a fraction of a millisecond, comparable between processes of one machine. */
export const wallMs = (): number => performance.timeOrigin + performance.now();

/** Answers when its only task was called. */
export const latencyWorkflow = defineWorkflow('latency')
  .flow('main', () => wallMs())
  .build();
