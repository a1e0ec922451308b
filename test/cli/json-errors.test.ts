import { runIn } from './fake-world';

describe('a command line that is wrong', () => {
  it.each([
    ['list --json --nope', "unknown option '--nope'"],
    ['show --json', "missing required argument 'run'"],
    ['nosuch --json', "unknown command 'nosuch'"],
    ['lst --json', '(Did you mean list?)'],
    ['schedules --json', "unknown option '--json'"],
    ['list --json --limit many', "--limit: expected a whole number, got 'many'"],
  ])('is told to programs as a document: %s', async (line, message) => {
    const { code, stdout, stderr } = await runIn({}, ...line.split(' '));
    expect({ code, stdout, error: JSON.parse(stderr) as unknown }).toEqual({
      code: 2,
      stdout: '',
      error: { error: { code: 'USAGE', message: expect.stringContaining(message) } },
    });
  });

  it.each(['list --nope', 'nosuch', 'schedules'])('is told to people as before: %s', async (line) => {
    const { code, stderr } = await runIn({}, ...line.split(' '));
    expect(code).toBe(2);
    expect(stderr).toMatch(/--help/);
  });

  it('is none where help is asked for', async () => {
    const { code, stdout, stderr } = await runIn({}, 'list', '--json', '--help');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('Usage: typeflow list');
  });
});
