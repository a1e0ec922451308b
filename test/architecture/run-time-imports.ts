import path from 'node:path';
import ts from 'typescript';
import type { SourceFile } from './source-files';

/** For each file the files it loads when it is loaded itself: type-only imports are erased, and `import()` comes later. */
export function runTimeImports(files: readonly SourceFile[]): Map<string, string[]> {
  const names = new Set(files.map(({ name }) => name));
  return new Map(
    files.map((file) => [file.name, loadedBy(file).flatMap((target) => resolve(file.name, target, names))]),
  );
}

/** The first circle found, as the names along it, or undefined. */
export function findCycle(imports: ReadonlyMap<string, readonly string[]>): string[] | undefined {
  const done = new Set<string>();
  const visit = (name: string, trail: readonly string[]): string[] | undefined => {
    const start = trail.indexOf(name);
    if (start >= 0) return [...trail.slice(start), name];
    if (done.has(name)) return undefined;
    for (const next of imports.get(name) ?? []) {
      const cycle = visit(next, [...trail, name]);
      if (cycle) return cycle;
    }
    done.add(name);
    return undefined;
  };
  for (const name of imports.keys()) {
    const cycle = visit(name, []);
    if (cycle) return cycle;
  }
  return undefined;
}

function loadedBy({ name, text }: SourceFile): string[] {
  const { statements } = ts.createSourceFile(name, text, ts.ScriptTarget.Latest);
  return statements.flatMap((statement) => {
    if (ts.isImportDeclaration(statement) && !isTypeOnlyImport(statement.importClause)) return specifier(statement);
    if (ts.isExportDeclaration(statement) && !isTypeOnlyExport(statement)) return specifier(statement);
    return [];
  });
}

function isTypeOnlyImport(clause: ts.ImportClause | undefined): boolean {
  if (clause === undefined) return false;
  const { isTypeOnly, name, namedBindings } = clause;
  return (
    isTypeOnly || (!name && !!namedBindings && ts.isNamedImports(namedBindings) && areTypes(namedBindings.elements))
  );
}

function isTypeOnlyExport({ isTypeOnly, exportClause }: ts.ExportDeclaration): boolean {
  return isTypeOnly || (!!exportClause && ts.isNamedExports(exportClause) && areTypes(exportClause.elements));
}

function areTypes(elements: readonly { readonly isTypeOnly: boolean }[]): boolean {
  return elements.length > 0 && elements.every(({ isTypeOnly }) => isTypeOnly);
}

function specifier({ moduleSpecifier }: ts.ImportDeclaration | ts.ExportDeclaration): string[] {
  return moduleSpecifier && ts.isStringLiteral(moduleSpecifier) ? [moduleSpecifier.text] : [];
}

function resolve(from: string, target: string, names: ReadonlySet<string>): string[] {
  if (!target.startsWith('.')) return [];
  const base = path.posix.join(path.posix.dirname(from), target);
  return [`${base}.ts`, `${base}/index.ts`].filter((name) => names.has(name));
}
