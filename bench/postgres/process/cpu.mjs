import { readFileSync } from 'node:fs';

/** Linux counts CPU time in hundredths of a second, whatever the kernel's own clock is. */
const TICKS_PER_SECOND = 100;

/**
 * Seconds of CPU that a PostgreSQL server has used so far: its postmaster, its children, and those that have ended. `undefined`
 * where /proc does not tell, as on another platform or for a server elsewhere.
 */
export function postgresCpuSeconds(postmasterPid) {
  if (postmasterPid === undefined) return undefined;
  try {
    const postmaster = ticksOf(postmasterPid);
    const children = readFileSync(`/proc/${postmasterPid}/task/${postmasterPid}/children`, 'utf8').trim();
    const pids = children === '' ? [] : children.split(' ');
    const living = pids.reduce((sum, pid) => sum + ownTicksOf(pid), 0);
    return (postmaster.own + postmaster.ended + living) / TICKS_PER_SECOND;
  } catch {
    return undefined;
  }
}

function ticksOf(pid) {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = text
    .slice(text.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number);
  return { own: fields[11] + fields[12], ended: fields[13] + fields[14] };
}

/** A child that has just ended is counted by the postmaster the next time. */
function ownTicksOf(pid) {
  try {
    return ticksOf(pid).own;
  } catch {
    return 0;
  }
}
