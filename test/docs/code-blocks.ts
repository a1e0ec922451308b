import { existsSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';

/** A fenced block of a page: ```` ```ts run ```` has the language `ts` and the flag `run`. */
export interface CodeBlock {
  /** The page below the project's folder, and the line of the opening fence: `README.md:12`. */
  readonly where: string;
  readonly language: string;
  readonly flags: readonly string[];
  readonly code: string;
}

/**
 * A TypeScript program in a page. Its flags:
 * - `run`: the tests run it; a block ```` ```text output ```` right after it is compared with what it printed
 * - `continued`: the block goes on where the one before it ended
 */
export interface DocsProgram {
  readonly where: string;
  readonly isRun: boolean;
  readonly code: string;
  readonly output: string | undefined;
}

const FENCE = /^```(\S*)[ \t]*(.*)\n([\s\S]*?)^```[ \t]*$/gm;
const TYPESCRIPT = ['ts', 'typescript'];

/** README.md and the pages of docs/, as far as they exist. */
export function docsPages(root: string): string[] {
  const docs = path.join(root, 'docs');
  const pages = existsSync(docs) ? readdirSync(docs, { recursive: true, encoding: 'utf8' }) : [];
  const names = ['README.md', ...pages.filter((name) => name.endsWith('.md')).map((name) => path.join('docs', name))];
  return names.filter((name) => existsSync(path.join(root, name))).sort();
}

export function codeBlocks(page: string, text: string): CodeBlock[] {
  return [...text.matchAll(FENCE)].map((match) => ({
    where: `${page}:${text.slice(0, match.index).split('\n').length}`,
    language: match[1] ?? '',
    flags: (match[2] ?? '').split(/\s+/).filter((flag) => flag !== ''),
    code: match[3] ?? '',
  }));
}

export function docsPrograms(blocks: readonly CodeBlock[]): DocsProgram[] {
  const programs: DocsProgram[] = [];
  let before = '';
  for (const [index, { where, language, flags, code }] of blocks.entries()) {
    if (!TYPESCRIPT.includes(language)) continue;
    const unknown = flags.filter((flag) => flag !== 'run' && flag !== 'continued');
    if (unknown.length > 0) throw new Error(`${where}: expected the flags run or continued, got ${unknown.join(' ')}`);
    const whole = flags.includes('continued') ? before + code : code;
    const next = blocks[index + 1];
    const output = next?.flags.includes('output') ? next.code : undefined;
    programs.push({ where, isRun: flags.includes('run'), code: whole, output });
    before = whole;
  }
  return programs;
}

/** All programs of all pages. */
export function readDocsPrograms(root: string): DocsProgram[] {
  return docsPages(root).flatMap((page) => docsPrograms(codeBlocks(page, readFileSync(path.join(root, page), 'utf8'))));
}
