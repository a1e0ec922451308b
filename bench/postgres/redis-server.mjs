// A private Redis for the benchmark: node redis-server.mjs everysec|always. It logs every write (appendonly) and flushes the log as
// the argument says. Prints its URL; stops, and removes its folder, when standard input ends, which it does however the parent dies.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  return port;
}

const folder = await mkdtemp(path.join(tmpdir(), 'typeflow-redis-'));
try {
  const port = await freePort();
  const settings = {
    port,
    bind: '127.0.0.1',
    dir: folder,
    save: '',
    appendonly: 'yes',
    appendfsync: process.argv[2] ?? 'everysec',
    'maxmemory-policy': 'noeviction',
  };
  const flags = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const server = spawn('redis-server', flags, { stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(server, 'exit');
  const isReady = new Promise((resolve) => {
    server.stdout
      .setEncoding('utf8')
      .on('data', (text) => text.includes('Ready to accept connections') && resolve(true));
  });
  if ((await Promise.race([isReady, exited.then(() => false)])) !== true) throw new Error('redis-server ended');
  process.stdout.write(`redis://127.0.0.1:${port}\n`);
  const stopRequested = new Promise((resolve) => {
    process.stdin.resume().once('end', resolve).once('close', resolve);
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, resolve);
  });
  await Promise.race([stopRequested, exited]);
  server.kill('SIGTERM');
  await exited;
} finally {
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  process.stdin.destroy();
}
