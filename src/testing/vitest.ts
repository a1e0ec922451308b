import { extendExpect } from './extend-expect';
import type { Extendable } from './extend-expect';
import type { TypeflowMatchers } from './matchers';

declare global {
  // eslint-disable-next-line @typescript-eslint/no-namespace, no-restricted-syntax -- where vitest's assertions look for matchers, too
  namespace jest {
    // eslint-disable-next-line @typescript-eslint/no-unused-vars, @typescript-eslint/no-empty-object-type -- the type parameters must be those of vitest
    interface Matchers<R, T = {}> extends TypeflowMatchers<Promise<void>> {}
  }
}

/** Where vitest keeps its `expect`, with globals and without. A CommonJS module cannot import it: vitest refuses `require`. */
const GLOBAL_EXPECT = Symbol.for('expect-global');

const { expect, [GLOBAL_EXPECT]: held } = globalThis as {
  readonly expect?: Extendable;
  readonly [GLOBAL_EXPECT]?: Extendable;
};
extendExpect(
  held ?? expect,
  'typeflow/testing/vitest needs the `expect` of vitest: import it in a test, or in a file of `setupFiles`; ' +
    'elsewhere, call expect.extend(typeflowMatchers) yourself',
);
