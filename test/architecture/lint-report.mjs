// Asks ESLint, in a process of its own because its configuration is loaded by import(), about the project in `cwd`:
//   messages <cwd>             every message of a lint of all files
//   settings <cwd> <file> …    whether each file is ignored, and the severity of every rule in force for it
//   rooms                      the table of rooms
import { ESLint } from 'eslint';
import path from 'node:path';
import * as rooms from '../../eslint/rooms.mjs';

const [question, cwd, ...files] = process.argv.slice(2);

async function messages(eslint) {
  const results = await eslint.lintFiles(['.']);
  return results.flatMap(({ filePath, messages }) => {
    const file = path.relative(cwd, filePath).split(path.sep).join('/');
    return messages.map(({ ruleId, line, message }) => ({ file, ruleId, line, message }));
  });
}

async function settings(eslint, file) {
  const config = await eslint.calculateConfigForFile(file);
  const rules = Object.entries(config?.rules ?? {}).map(([name, [severity]]) => [name, severity]);
  return { file, isIgnored: await eslint.isPathIgnored(file), rules: Object.fromEntries(rules) };
}

async function answer() {
  if (question === 'rooms') return rooms;
  const eslint = new ESLint({ cwd });
  return question === 'messages' ? messages(eslint) : Promise.all(files.map((file) => settings(eslint, file)));
}

process.stdout.write(JSON.stringify(await answer()));
