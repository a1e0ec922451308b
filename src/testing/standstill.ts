import type { OpenCall } from './call-desk';

/** Before jest and vitest give a test up, which they do after 5 s. */
const HINT_AFTER_MS = 3_000;

// Taken once: tests with fake timers replace them, and this is about real time.
const { setTimeout, clearTimeout } = globalThis;

/** Awaits the end of a call, and says once for which one where that takes long: a test that hangs should not have to be guessed at. */
export async function hintWhile(ended: Promise<void>, openCalls: () => readonly OpenCall[]): Promise<void> {
  const timer = setTimeout(() => {
    const calls = openCalls().map(({ workflow, task, attempt }) => `${workflow}.${task} (attempt ${attempt})`);
    process.emitWarning(
      `virtual time has stood still for ${HINT_AFTER_MS / 1_000} s of real time, until ${calls.join(', ')} has ended: ` +
        'does it wait for something that never comes in this test? t.override(workflow, { method }) replaces it',
      { type: 'TypeflowTestWarning', code: 'TYPEFLOW_TEST_STANDSTILL' },
    );
  }, HINT_AFTER_MS);
  timer.unref();
  try {
    await ended;
  } finally {
    clearTimeout(timer);
  }
}
