import type { World } from './world';

/** This process. */
export function processWorld(): World {
  return {
    stdout: process.stdout,
    stderr: process.stderr,
    stdin: process.stdin,
    env: process.env,
    cwd: process.cwd(),
    now: () => Date.now(),
    onInterrupt,
  };
}

function onInterrupt(listener: () => void): () => void {
  let isInterrupted = false;
  const onSignal = (signal: NodeJS.Signals): void => {
    if (isInterrupted) process.exit(signal === 'SIGINT' ? 130 : 143);
    isInterrupted = true;
    listener();
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  return () => {
    process.off('SIGINT', onSignal);
    process.off('SIGTERM', onSignal);
  };
}
