import { readFileSync, writeFileSync } from 'node:fs';

const BEGIN = '<!-- begin: written by npm run bench:postgres, do not edit -->';
const END = '<!-- end: written by npm run bench:postgres -->';

/** Replaces what stands between the two markers of a page. @throws Error if the page has not both, in this order */
export function replaceSection(file: string, section: string): void {
  const page = readFileSync(file, 'utf8');
  const from = page.indexOf(BEGIN);
  const to = page.indexOf(END);
  if (from < 0 || to < from) throw new Error(`${file} needs the lines\n${BEGIN}\n${END}`);
  writeFileSync(file, `${page.slice(0, from)}${BEGIN}\n\n${section}\n\n${page.slice(to)}`);
}
