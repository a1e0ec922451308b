import type { AccessToken, Operations } from '../../src/service';

/** Long enough to be taken for a token. */
export const secret = (name: string): string => `${name}-`.padEnd(40, 'x1');

/** One of each role. */
export const tokens: readonly AccessToken[] = (['viewer', 'operator', 'admin'] as const).map((role) => ({
  name: `the-${role}`,
  role,
  token: secret(role),
}));

/** The id of a run that does not exist. */
export const RUN = '01900000-0000-7000-8000-000000000000';

/** Operations that note what was asked of them, and have nothing. */
export function watchedOperations(): { readonly operations: Operations; readonly asked: string[] } {
  const asked: string[] = [];
  const operations = new Proxy({} as Operations, {
    get: (_, name) =>
      typeof name === 'symbol' || name === 'then'
        ? undefined
        : () => {
            asked.push(name);
            throw new Error('asked');
          },
  });
  return { operations, asked };
}
