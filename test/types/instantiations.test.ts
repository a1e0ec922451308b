import { join } from 'node:path';
import { complaintsAbout, createProgram } from './compile';

/**
 * How many types the compiler may make to check the heaviest programs below. A number instead of a time, because it is the same on every
 * machine. The bound leaves a tenth for new versions of TypeScript and of the types we import; a check that has become quadratic
 * is several times above it. When it is exceeded, find out why before raising it: users pay it at every keystroke.
 */
const PINNED = { class: 105_900, builder: 183_900 };

const SIZE = 60;
const imports =
  "import { Flow, Task, defineWorkflow, run } from './typeflow';\nimport type { TaskContext } from './typeflow';\n";
const range = Array.from({ length: SIZE }, (_, i) => i);

/** Up to three earlier nodes. */
const upstreamOf = (i: number): number[] => range.slice(Math.max(0, i - 3), i);

const resultOf = (i: number): string => `{ id: string; n${i}: { at: Date; list: readonly number[] } }`;

/** A class of sixty tasks with three dependencies each. */
function largeClass(): string {
  const tasks = range.map((i) => {
    const names = upstreamOf(i).map((n) => `'n${n}'`);
    const parameters = i === 0 ? ['input: string'] : upstreamOf(i).map((n) => `a${n}: ${resultOf(n)}`);
    return `  @Task({ dependsOn: [${names}] })\n  n${i}(${parameters}, ctx: TaskContext<string>): Promise<${resultOf(i)}> { throw ctx; }`;
  });
  const flow = `  @Flow({ dependsOn: ['n${SIZE - 1}'] })\n  main(last: ${resultOf(SIZE - 1)}, ctx: TaskContext<string>) { return last; }`;
  return `${imports}export class Large {\n${[...tasks, flow].join('\n')}\n}\nvoid run(Large, 'main', 'x');\n`;
}

/** The same, in one chain of calls, every parameter inferred. */
function largeBuilder(): string {
  const tasks = range.map((i) => {
    const names = upstreamOf(i).map((n) => `'n${n}'`);
    const result = `({ id: 'x', n${i}: { at: new Date(), list: [1] } })`;
    return i === 0
      ? `  .task('n0', () => ${result})`
      : `  .task('n${i}', { dependsOn: [${names}] }, (${upstreamOf(i).map((n) => `a${n}`)}) => ${result})`;
  });
  const flow = `  .flow('main', { dependsOn: ['n${SIZE - 1}'] }, (last) => last)`;
  return `${imports}const large = defineWorkflow<string>('large')\n${[...tasks, flow].join('\n')}\n  .build();\nvoid run(large, 'main', 'x');\n`;
}

describe('the types of a workflow with sixty nodes', () => {
  it.each([
    ['class', largeClass()],
    ['builder', largeBuilder()],
  ] as const)(
    'cost what they did: %s',
    (kind, source) => {
      const file = join(__dirname, 'fixtures', `large-${kind}.ts`);
      const program = createProgram([], new Map([[file, source]]));
      expect(complaintsAbout(program, file)).toEqual([]);
      const count = program.getInstantiationCount();
      expect(count).toBeLessThan(PINNED[kind] * 1.1);
      // Much fewer means that something is no longer checked.
      expect(count).toBeGreaterThan(PINNED[kind] * 0.5);
    },
    120_000,
  );
});
