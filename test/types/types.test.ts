import { basename } from 'node:path';
import type ts from 'typescript';
import { complaintsAbout, createProgram, expectationsIn, fixturesIn } from './compile';
import type { Complaint } from './compile';

const wrong = fixturesIn('wrong');
const right = fixturesIn('right');
const expectations = wrong.flatMap((file) => expectationsIn(file));
const title = ({ file, line, fragment }: (typeof expectations)[number]) => `${basename(file)}:${line} ${fragment}`;

describe('the compiler', () => {
  let program: ts.Program;
  let complaints: Complaint[];

  beforeAll(() => {
    program = createProgram([...wrong, ...right]);
    complaints = wrong.flatMap((file) => complaintsAbout(program, file));
  }, 120_000);

  it.each(expectations.map((expectation) => [title(expectation), expectation] as const))(
    'refuses %s',
    (_, { file, line, fragment }) => {
      const here = complaints.filter((complaint) => complaint.file === file && complaint.line === line);
      expect(here.map(({ text }) => text).join('\n')).toContain(fragment);
    },
  );

  it('refuses nothing else in these files', () => {
    const expected = new Set(expectations.map(({ file, line }) => `${file}:${line}`));
    expect(complaints.filter(({ file, line }) => !expected.has(`${file}:${line}`))).toEqual([]);
  });

  it.each(right)('accepts %s', (file) => {
    expect(complaintsAbout(program, file)).toEqual([]);
  });
});
