import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import type { EngineSpec } from './engines';
import { PEERS_FOLDER } from './engines';

/** Installs the peers, and the Node that some of them need, unless that was done before. Typeflow alone needs neither. */
export function installPeers(engines: readonly EngineSpec[], log: (line: string) => void): void {
  const isPeer = ({ name }: EngineSpec): boolean => name !== 'typeflow';
  const needsNode24 = ({ node }: EngineSpec): boolean => node === '24';
  if (engines.some(isPeer)) install(PEERS_FOLDER, '.package-lock.json', log);
  if (engines.some(needsNode24)) install(path.join(PEERS_FOLDER, 'node24'), 'node/bin/node', log);
}

function install(folder: string, installed: string, log: (line: string) => void): void {
  if (existsSync(path.join(folder, 'node_modules', installed))) return;
  log(`npm ci in ${path.relative(process.cwd(), folder)}`);
  const { status } = spawnSync('npm', ['ci', '--no-audit', '--no-fund'], { cwd: folder, stdio: ['ignore', 2, 2] });
  if (status !== 0) throw new Error(`the peers could not be installed in ${folder}; --engines=typeflow needs none`);
}
