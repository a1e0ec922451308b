import fc from 'fast-check';
import {
  MAX_ERROR_RECORD_BYTES,
  decodeErrorRecord,
  encodeErrorRecord,
  toErrorRecord,
} from '../../../src/core/errors/error-record';
import type { ErrorRecord } from '../../../src/core/errors/error-record';
import { ValueNotReadableError } from '../../../src/core/errors/task-errors';

const throwing = (): never => {
  throw new Error('trap');
};

const hostile = (): object =>
  new Proxy(() => undefined, { get: throwing, has: throwing, ownKeys: throwing, getPrototypeOf: throwing });

/** Gives an error-like proxy for whatever it is asked. */
const endless = (): object =>
  new Proxy(
    {},
    { get: (_, key) => (['name', 'message', 'stack'].includes(String(key)) ? 'x'.repeat(5_000) : endless()) },
  );

function chain(length: number, message = 'level'): Error {
  let error = new Error(`${message} ${length}`);
  for (let i = length - 1; i > 0; i--) error = new Error(`${message} ${i}`, { cause: error });
  return error;
}

function depthOf(record: ErrorRecord): number {
  return record.cause === undefined ? 1 : 1 + depthOf(record.cause);
}

/** What the database asks of the text. */
function expectStorable(record: ErrorRecord): void {
  const text = encodeErrorRecord(record);
  expect(Buffer.byteLength(text)).toBeLessThanOrEqual(MAX_ERROR_RECORD_BYTES);
  expect(text.isWellFormed()).toBe(true);
  expect(text.replaceAll('\\\\', '')).not.toMatch(/\\u0000|\\ud[89a-f]/);
  expect(decodeErrorRecord(text)).toEqual(record);
}

describe('what is recorded', () => {
  it('name, message, code, stack, cause, own primitives', () => {
    const cause = Object.assign(new RangeError('root'), { code: 7 });
    const error = Object.assign(new TypeError('wrong', { cause }), {
      code: 'E_WRONG',
      status: 404,
      retry: false,
      body: {},
    });
    expect(toErrorRecord(error)).toEqual({
      name: 'TypeError',
      message: 'wrong',
      code: 'E_WRONG',
      stack: error.stack,
      cause: { name: 'RangeError', message: 'root', code: '7', stack: cause.stack },
      data: { status: 404, retry: false },
    });
  });

  it('the members of an AggregateError', () => {
    const record = toErrorRecord(new AggregateError([new Error('a'), 'b'], 'both'));
    expect(record).toMatchObject({
      name: 'AggregateError',
      message: 'both',
      errors: [{ message: 'a' }, { message: 'b' }],
    });
  });

  it.each<[string, () => unknown, Partial<ErrorRecord>]>([
    ['undefined', () => undefined, { name: 'NonError', message: 'undefined was thrown' }],
    ['null', () => null, { name: 'NonError', message: 'null was thrown' }],
    ['text', () => 'declined', { name: 'NonError', message: 'declined' }],
    ['empty text', () => '', { name: 'NonError', message: '' }],
    ['a number', () => 42, { name: 'NonError', message: '42 was thrown' }],
    ['a bigint', () => 42n, { name: 'NonError', message: '42 was thrown' }],
    ['a symbol', () => Symbol('s'), { name: 'NonError', message: 'Symbol(s) was thrown' }],
    ['a function', () => () => 1, { name: 'NonError', message: 'a function without a message was thrown' }],
    ['{}', () => ({}), { name: 'NonError', message: 'an object without a message was thrown' }],
    ['an object with data', () => ({ status: 500 }), { name: 'NonError', data: { status: 500 } }],
    ['an object like an error', () => ({ name: 'Odd', message: 'm' }), { name: 'Odd', message: 'm' }],
    ['an object with a message', () => ({ message: 'm' }), { name: 'Error', message: 'm' }],
    ['a frozen error', () => Object.freeze(new Error('f')), { name: 'Error', message: 'f' }],
    ['a message that is no text', () => ({ message: { a: 1 } }), { name: 'NonError' }],
    ['a hostile proxy', hostile, { name: 'NonError', message: 'a function without a message was thrown' }],
    ['a revoked proxy', revoked, { name: 'NonError', message: 'an object without a message was thrown' }],
    ['members that cannot be read', () => Object.assign(new Error('m'), { errors: revoked() }), { message: 'm' }],
    ['a getter that throws', () => ({ message: 'm', get code() { return throwing(); } }), { message: 'm' }], // prettier-ignore
    ['\\u0000 and half pairs', () => new Error('a\0b\ud800c😀'), { message: 'a\\u0000b\\ud800c😀' }],
    ['kinds of data', kinds, { data: { big: '1', nan: 'NaN', nothing: null, number: 1.5, text: 't' } }],
    ['a key __proto__', () => JSON.parse('{"message":"m","__proto__":1}'), { data: { ['__proto__']: 1 } }],
  ])('%s', (_, make, expected) => {
    const record = toErrorRecord(make());
    expect(record).toMatchObject(expected);
    expectStorable(record);
  });

  it('the same for equal data, whatever the order of its keys', () => {
    const one = toErrorRecord({ message: 'm', long: 1, id: 2 });
    const other = toErrorRecord({ message: 'm', id: 2, long: 1 });
    expect(encodeErrorRecord(one)).toBe(encodeErrorRecord(other));
  });

  function revoked(): unknown {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    return proxy;
  }

  function kinds(): unknown {
    const kept = { big: 1n, nan: NaN, nothing: null, number: 1.5, text: 't' };
    return { message: 'm', ...kept, none: undefined, symbol: Symbol(), run: () => 1, list: [1] };
  }
});

describe('what is kept out', () => {
  const secret = 'CANARY-7f3a';

  it('the request and response of an HTTP client, circular as they are', () => {
    const request: Record<string, unknown> = { headers: { authorization: secret } };
    request['socket'] = { request };
    const error = Object.assign(new Error('Request failed with status code 404'), {
      code: 'ERR_BAD_REQUEST',
      status: 404,
      config: { headers: { Authorization: secret }, data: secret },
      request,
      response: { status: 404, data: secret, config: {} },
      toJSON: () => ({ config: secret }),
    });
    const record = toErrorRecord(error);
    expect(record).toMatchObject({ code: 'ERR_BAD_REQUEST', data: { status: 404 } });
    expect(JSON.stringify(record)).not.toContain(secret);
  });

  it.each([
    'config',
    'request',
    'response',
    'body',
    'headers',
    'password',
    'userPassword',
    'passwordHash',
    'pwd',
    'apiKey',
    'api_key',
    'accessKeyId',
    'clientSecret',
    'token',
    'refreshToken',
    'authorization',
    'auth',
    'x-auth',
    'cookie',
    'sessionId',
    'connectionString',
    'dsn',
    'privateKey',
    'signature',
  ])('a property named %s', (name) => {
    expect(JSON.stringify(toErrorRecord(Object.assign(new Error('m'), { [name]: secret })))).not.toContain(secret);
  });

  it.each(['author', 'status', 'detail', 'constraint', 'table', 'column', 'path', 'errno', 'syscall', 'keyName'])(
    'but not one named %s',
    (name) => {
      expect(toErrorRecord(Object.assign(new Error('m'), { [name]: 'kept' })).data).toEqual({ [name]: 'kept' });
    },
  );

  it.each([
    [`cannot connect to postgres://app:${secret}@db:5432/x`, 'cannot connect to postgres://app:[redacted]@db:5432/x'],
    [
      `GET https://api.example/a?id=1&access_token=${secret}&b=2`,
      'GET https://api.example/a?id=1&access_token=[redacted]&b=2',
    ],
    [`refused "Bearer ${secret}xyz"`, 'refused "Bearer [redacted]"'],
  ])('what looks like a password in a text: %s', (message, recorded) => {
    const error = Object.assign(new Error(message), { detail: message });
    const record = toErrorRecord(error);
    expect(record.message).toBe(recorded);
    expect(JSON.stringify(record)).not.toContain(secret);
  });

  it('a password that the cut would have split', () => {
    const error = new Error(`${'x'.repeat(16 * 1024 - 90)} postgres://app:${secret.repeat(10)}@db/x`);
    expect(JSON.stringify(toErrorRecord(error))).not.toContain('CANARY');
  });
});

describe('what is cut, and says so', () => {
  it('a message of 5 MB, with the calls of the stack still there', () => {
    const record = toErrorRecord(new Error('m'.repeat(5_000_000)));
    expect(record.message).toMatch(/^m{1000,}…\[49\d{5} more characters\]$/);
    expect(record.stack).toMatch(/^Error: m+…\n\s+at /);
    expectStorable(record);
  });

  it('a message of 5 MB of characters that JSON escapes', () => {
    for (const character of ['"', '\n', '\x01', 'é', '値', '😀', '\0', '\ud800']) {
      expectStorable(toErrorRecord(new Error(character.repeat(1_000_000))));
    }
  });

  it('an AggregateError of 10,000', () => {
    const record = toErrorRecord(
      new AggregateError(Array.from({ length: 10_000 }, (_, i) => new Error(`member ${i}`))),
    );
    const kept = record.errors ?? [];
    expect(kept.length).toBeGreaterThan(10);
    expect(kept[0]?.message).toBe('member 0');
    expect(kept.at(-1)).toEqual({ name: 'Omitted', message: `[${10_000 - kept.length + 1} more errors]` });
    expectStorable(record);
  });

  it('causes 100 deep', () => {
    const record = toErrorRecord(chain(100));
    expect(depthOf(record)).toBeGreaterThan(10);
    expect(encodeErrorRecord(record)).toContain('[further errors]');
    expectStorable(record);
  });

  it('causes 100 deep, without stacks', () => {
    let error: object = { message: 'root' };
    for (let i = 0; i < 100; i++) error = { message: `level ${i}`, cause: error };
    expect(depthOf(toErrorRecord(error))).toBe(51);
  });

  it('an error that is its own cause', () => {
    const error = new Error('loop');
    error.cause = new Error('between', { cause: error });
    expect(toErrorRecord(error).cause?.cause).toEqual({ name: 'Omitted', message: '[an error that is its own cause]' });
  });

  it('an error that stands twice is no loop', () => {
    const shared = new Error('shared');
    const record = toErrorRecord(new AggregateError([shared, shared]));
    expect(record.errors?.map(({ message }) => message)).toEqual(['shared', 'shared']);
  });

  it('many properties, and long ones', () => {
    const many = Object.fromEntries(
      Array.from({ length: 1_000 }, (_, i) => [`k${i}${'x'.repeat(300)}`, 'v'.repeat(10_000)]),
    );
    const record = toErrorRecord(Object.assign(new Error('m'), many));
    expect(record.data?.['…']).toBe('968 more properties');
    expectStorable(record);
  });

  it('properties for which no room is left', () => {
    const wide = (): object => ({ message: 'm'.repeat(9_000), stack: 's'.repeat(9_000), ...Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`key${i}`, 'v'.repeat(999)])) }); // prettier-ignore
    const record = toErrorRecord(new AggregateError(Array.from({ length: 20 }, wide)));
    expect(record.errors?.some(({ data }) => data?.['…'] !== undefined)).toBe(true);
    expectStorable(record);
  });

  it('huge bigints, which would take long to write in decimal', () => {
    expect(toErrorRecord(2n ** 100_000n).message).toMatch(
      /^0x10+…\[\d+ more characters\] was thrown$|^0x10+…\[\d+ more/,
    );
  });

  it('a proxy that never ends', () => {
    expectStorable(toErrorRecord(endless()));
  });
});

describe('recording never fails', () => {
  const anything = fc.anything({
    withBigInt: true,
    withDate: true,
    withMap: true,
    withNullPrototype: true,
    withSparseArray: true,
    withTypedArray: true,
    withBoxedValues: true,
    stringUnit: fc.constantFrom('a', '\0', '\ud800', '\udc00', '"', '\n', '😀', 'x'.repeat(5_000)),
  });
  const errorLike = fc.record(
    {
      name: anything,
      message: anything,
      stack: anything,
      code: anything,
      cause: anything,
      errors: anything,
      extra: anything,
    },
    { requiredKeys: [] },
  );

  it('for anything, thrown as it is or attached to an error', () => {
    fc.assert(
      fc.property(fc.oneof(anything, errorLike), anything, (thrown, attached) => {
        expectStorable(toErrorRecord(thrown));
        expectStorable(
          toErrorRecord(Object.assign(new Error('m', { cause: thrown }), { attached, errors: [attached, thrown] })),
        );
      }),
      { numRuns: 300 },
    );
  });
});

describe('decodeErrorRecord', () => {
  it.each(['', 'null', '7', '{}', '{"name":"E"}', '{"name":1,"message":"m"}'])('refuses %j', (text) => {
    expect(() => decodeErrorRecord(text)).toThrow(ValueNotReadableError);
  });
});
