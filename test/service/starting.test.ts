import 'reflect-metadata';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ConfigurationError } from '../../src';
import { createService } from '../../src/service';
import type { ServiceOptions } from '../../src/service';
import { hostGuard, isLoopback } from '../../src/service/access/hosts';
import { watchedOperations } from './access-fixture';

describe('starting a service', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'typeflow-tokens-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const file = (name: string, text: string): string => {
    const target = path.join(folder, name);
    writeFileSync(target, text);
    return target;
  };
  const long = 'a'.repeat(32);

  const start = async (options: ServiceOptions, env: Record<string, string> = {}): Promise<string> => {
    const replaced = jest.replaceProperty(process, 'env', { ...process.env, ...env });
    try {
      const all = typeof options === 'object' ? { port: 0, ...options } : options;
      const service = await createService(watchedOperations().operations, all);
      await service.close();
      return service.address.address;
    } finally {
      replaced.restore();
    }
  };

  it('listens on 127.0.0.1 alone, if nothing else is said', async () => {
    expect(await start({})).toBe('127.0.0.1');
  });

  it.each<[string, ServiceOptions, Record<string, string>, string]>([
    ['every address without tokens', { host: '0.0.0.0' }, {}, 'without tokens'],
    ['every address of IPv6 without tokens', { host: '::' }, {}, 'without tokens'],
    ['a name without tokens', { host: 'flows.example' }, {}, 'without tokens'],
    ['no address', { host: '' }, {}, 'service.host'],
    ['an empty variable', {}, { TYPEFLOW_TOKENS: '' }, 'is empty'],
    ['a variable of spaces', { host: '0.0.0.0' }, { TYPEFLOW_TOKENS: ' , ' }, 'is empty'],
    ['an empty name of a file', {}, { TYPEFLOW_TOKENS_FILE: '' }, 'cannot be read'],
    ['a file that is not there', {}, { TYPEFLOW_TOKENS_FILE: path.join(folder, 'none') }, 'ENOENT'],
    ['a file of comments', {}, { TYPEFLOW_TOKENS_FILE: file('comments', `# admin:${long}\n`) }, 'is empty'],
    ['both', {}, { TYPEFLOW_TOKENS: `admin:${long}`, TYPEFLOW_TOKENS_FILE: file('both', `admin:${long}`) }, 'both set'],
    ['a token without role', {}, { TYPEFLOW_TOKENS: long }, 'must be name:role:token'],
    ['a role without token', {}, { TYPEFLOW_TOKENS: 'admin:' }, '32 to 512'],
    ['a short token', {}, { TYPEFLOW_TOKENS: `admin:${'a'.repeat(31)}` }, '32 to 512'],
    ['a role that is none', {}, { TYPEFLOW_TOKENS: `root:${long}` }, 'no role that there is'],
    ['an empty token of a role', {}, { TYPEFLOW_ADMIN_TOKEN: '' }, 'entry 1 of TYPEFLOW_ADMIN_TOKEN: a token has 32'],
    [
      'a token of a role that a list has too',
      {},
      { TYPEFLOW_VIEWER_TOKEN: long, TYPEFLOW_TOKENS: `admin:${long}` },
      'same token twice',
    ],
    ['a token twice', {}, { TYPEFLOW_TOKENS: `admin:${long},viewer:${long}` }, 'same token twice'],
    ['a name twice', {}, { TYPEFLOW_TOKENS: `a:admin:${long}1,a:viewer:${long}2` }, 'same name twice'],
    ['an empty list', { tokens: [] }, {}, 'has no token'],
    ['a short token of the options', { tokens: [{ name: 'a', role: 'admin', token: 'x' }] }, {}, '32 to 512'],
    ['any name without tokens', { allowedHosts: ['*'] }, {}, 'needs tokens'],
    ['tokens that are not asked for', { auth: 'host' }, { TYPEFLOW_TOKENS: `admin:${long}` }, 'leave out one'],
    ['another kind of auth', { auth: 'none' as 'host' }, {}, 'service.auth'],
    ['no options', 5 as never, {}, 'service must be an object'],
    ['an option that is misspelt', { redacted: ['card'] } as object, {}, 'did you mean "service.redact"?'],
    ['an option that does not exist', { plugins: [] } as object, {}, 'there is no option "service.plugins"'],
    ['a limit that is misspelt', { limits: { stream: 1 } as object }, {}, 'did you mean "service.limits.streams"?'],
    ['a redaction that is none', { redact: 5 as never }, {}, 'service.redact must be a list'],
    ['a redaction by number', { redact: [5] as never }, {}, 'entry 1 is no text'],
    ['a redaction by one text', { redact: 'card' as never }, {}, 'service.redact must be a list'],
    ['tokens that are no list', { tokens: 'x' as never }, {}, 'service.tokens must be a list'],
    ['a token that is none', { tokens: [null] as never }, {}, 'no role that there is'],
    ['a token without a name', { tokens: [{ role: 'admin', token: long }] as never }, {}, 'a name has'],
    ['hosts that are no list', { allowedHosts: 'flows.example' as never }, {}, 'service.allowedHosts must be a list'],
    ['metrics that are none', { metrics: {} as never }, {}, 'service.metrics must be'],
    ['a limit of nothing', { limits: { streams: 0 } }, {}, 'service.limits.streams'],
  ])('is refused with %s', async (_, options, env, said) => {
    const refused = await start(options, env).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(ConfigurationError);
    expect((refused as Error).message).toContain(said);
    expect((refused as Error).message).not.toContain(long);
  });

  it.each<[string, ServiceOptions, Record<string, string>]>([
    ['every address, with tokens of the environment', { host: '0.0.0.0' }, { TYPEFLOW_TOKENS: `ann:admin:${long}` }],
    ['every address, with the token of a role', { host: '0.0.0.0' }, { TYPEFLOW_OPERATOR_TOKEN: long }],
    [
      'every address, with a file',
      { host: '0.0.0.0' },
      { TYPEFLOW_TOKENS_FILE: file('good', `# ann\nviewer:${long}\r\n`) },
    ],
    ['every address, where something in front decides', { host: '0.0.0.0', auth: 'host' }, {}],
    ['loopback by name', { host: 'localhost' }, {}],
  ])('goes well with %s', async (_, options, env) => {
    expect(await start(options, env)).toEqual(expect.any(String));
  });

  it('says which port is in use', async () => {
    const { operations } = watchedOperations();
    const first = await createService(operations, { port: 0 });
    const second = createService(operations, { port: first.address.port });
    await expect(second).rejects.toThrow(`cannot listen on 127.0.0.1:${first.address.port}: the port is in use`);
    await first.close();
  });
});

describe('addresses', () => {
  it.each(['127.0.0.1', '127.1.2.3', 'localhost', 'LocalHost', '::1', '::ffff:127.0.0.1'])(
    '%s is of this machine',
    (host) => {
      expect(isLoopback(host)).toBe(true);
    },
  );
  it.each(['0.0.0.0', '::', '127.0.0.1.evil.example', '10.0.0.1', '127.0.0.300', 'example', ''])(
    '%s is not',
    (host) => {
      expect(isLoopback(host)).toBe(false);
    },
  );
  it('are not asked for where any name is allowed', () => {
    expect(() => hostGuard(['*'])({ headers: { host: 'x' } } as never)).not.toThrow();
  });
});
