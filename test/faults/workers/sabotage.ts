import { Client } from 'pg';
import { Lease } from '../../../src/runner/lease';

/** A guard of the engine's that is taken out, to see whether the campaign notices. */
export type Guard = 'epoch' | 'row-lock' | 'lease';

const RECORD = /INSERT INTO \S*\.?node\b/;

/** The guard in the text of the statement that records, and what stands there instead. */
const IN_STATEMENT = {
  epoch: { pattern: /\b\w+\.epoch = \w+\.epoch\b/, instead: 'TRUE' },
  'row-lock': { pattern: /FOR NO KEY UPDATE/, instead: '' },
} as const;

/** Takes a guard out of this process. What was really taken out is said once; a guard that is not found ends the process. */
export function sabotage(guard: Guard, say: (line: string) => void): void {
  if (guard === 'lease') sabotageLease(say);
  else sabotageStatement(guard, say);
}

/** Every statement goes through the driver's client, prepared or not, whoever builds its text. */
function sabotageStatement(guard: 'epoch' | 'row-lock', say: (line: string) => void): void {
  const { pattern, instead } = IN_STATEMENT[guard];
  let hasSaid = false;
  const rewrite = (text: string): string => {
    if (!RECORD.test(text) || /^\s*CREATE/.test(text)) return text;
    if (!pattern.test(text)) {
      process.stderr.write(`the statement that records has no ${String(pattern)}: the self-check is out of date\n`);
      process.exit(70);
    }
    if (!hasSaid) say(`sabotaged ${guard}`);
    hasSaid = true;
    return text.replace(pattern, instead);
  };
  const prototype = Client.prototype as unknown as { query: (...args: unknown[]) => unknown };
  const { query } = prototype;
  prototype.query = function (this: unknown, first: unknown, ...rest: unknown[]): unknown {
    if (typeof first === 'string') return query.call(this, rewrite(first), ...rest);
    const config = first as { text?: unknown };
    if (typeof config?.text === 'string') config.text = rewrite(config.text);
    return query.call(this, first, ...rest);
  };
}

function sabotageLease(say: (line: string) => void): void {
  const { isValid } = Lease.prototype;
  let hasSaid = false;
  Lease.prototype.isValid = function (this: Lease): boolean {
    if (!isValid.call(this) && !hasSaid) {
      hasSaid = true;
      say('sabotaged lease');
    }
    return true;
  };
}
