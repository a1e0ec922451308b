import { readOptions } from '../../bench/postgres/options';

describe('the options of the benchmark', () => {
  it('are everything, three times, with a scan, by default', () => {
    expect(readOptions([])).toMatchObject({ repetitions: 3, scan: true, isSmoke: false, out: 'bench/results.json' });
  });

  it('are Typeflow alone, once, without a scan, in a smoke run', () => {
    const options = readOptions(['--smoke']);
    expect(options).toMatchObject({ repetitions: 1, scan: false, isSmoke: true, database: undefined });
    expect(options === 'help' ? [] : options.engines.map(({ name }) => name)).toEqual(['typeflow']);
  });

  it('take engines and workloads in the order given', () => {
    const options = readOptions(['--engines=dbos,typeflow', '--workloads=W4,W1', '--repetitions=1', '--no-scan']);
    if (options === 'help') throw new Error('not asked for help');
    expect(options.engines.map(({ name }) => name)).toEqual(['dbos', 'typeflow']);
    expect(options).toMatchObject({ workloads: ['W4', 'W1'], repetitions: 1, scan: false });
  });

  it.each([
    ['--engines=dbus', '--engines: expected typeflow, dbos'],
    ['--workloads=W5', '--workloads: expected W1'],
    ['--repetitions=0', '--repetitions: expected a whole number above 0'],
    ['--appendfsync=no', '--appendfsync: expected everysec, always'],
    ['--fast', "Unknown option '--fast'"],
  ])('refuse %s', (argument, message) => {
    expect(() => readOptions([argument])).toThrow(message);
  });
});
