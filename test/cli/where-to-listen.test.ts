import { UsageError } from '../../src/cli/exit-codes';
import { whereToListen } from '../../src/cli/serving/where-to-listen';

describe('where a service listens', () => {
  it.each([
    ['is left to the application', {}, {}, {}],
    [
      'is said by the environment',
      {},
      { TYPEFLOW_HOST: '0.0.0.0', TYPEFLOW_PORT: '4401' },
      { host: '0.0.0.0', port: 4401 },
    ],
    [
      'is said by options first',
      { host: '::1', port: 0 },
      { TYPEFLOW_HOST: '0.0.0.0', TYPEFLOW_PORT: '4401' },
      { host: '::1', port: 0 },
    ],
    ['is not said by empty variables', {}, { TYPEFLOW_HOST: '', TYPEFLOW_PORT: '' }, {}],
  ])('%s', (_, options, env, expected) => {
    expect(whereToListen(options, env)).toEqual(expected);
  });

  it.each(['http', '-1', '65536'])('is no port that is none: %s', (port) => {
    expect(() => whereToListen({}, { TYPEFLOW_PORT: port })).toThrow(UsageError);
    expect(() => whereToListen({}, { TYPEFLOW_PORT: port })).toThrow(
      `TYPEFLOW_PORT: expected a whole number from 0 to 65535, got '${port}'`,
    );
  });
});
