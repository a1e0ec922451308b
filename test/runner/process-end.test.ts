import { join } from 'node:path';
import { Child } from '../fixtures/child-process';

describe('a process that has closed its runner', () => {
  it('ends, though a method with a timeout of 30 days never returns', async () => {
    const child = new Child(join(__dirname, '../fixtures/hanging-process.ts'));
    await child.until((lines) => lines.includes('closed'));
    expect(await child.ended).toBe(0);
  }, 20_000);
});
