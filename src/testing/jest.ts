import { extendExpect } from './extend-expect';
import type { Extendable } from './extend-expect';
import type { TypeflowMatchers } from './matchers';

declare global {
  // eslint-disable-next-line @typescript-eslint/no-namespace, no-restricted-syntax -- where @types/jest looks for matchers
  namespace jest {
    // eslint-disable-next-line @typescript-eslint/no-unused-vars, @typescript-eslint/no-empty-object-type -- the type parameters must be those of @types/jest
    interface Matchers<R, T = {}> extends TypeflowMatchers<Promise<void>> {}
  }
}

const { expect } = globalThis as { readonly expect?: Extendable };
extendExpect(
  expect,
  'typeflow/testing/jest needs the global `expect` of jest: import it in a test, or in a file of `setupFilesAfterEnv`; ' +
    'without globals, call expect.extend(typeflowMatchers) yourself',
);
