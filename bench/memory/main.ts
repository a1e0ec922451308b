// What a run costs without a database: the five-task diamond on plain promises, flowcraft and Typeflow's memory store, in one
// process. `npm run bench` builds first, because the built package is what is measured: 'typeflow' is this package by its name.
//   --runs=N  --repetitions=N  --smoke (a few runs of each; only that all of them complete)
import { parseArgs } from 'node:util';
import { plainPromises } from './engine';
import { flowcraftEngine } from './flowcraft-engine';
import { measure } from './measure';
import { table } from './table';
import { typeflowEngines } from './typeflow-engines';

const { values: options } = parseArgs({
  options: {
    smoke: { type: 'boolean', default: false },
    runs: { type: 'string', default: '5000' },
    repetitions: { type: 'string', default: '5' },
  },
});

async function main(): Promise<void> {
  const engines = [plainPromises, flowcraftEngine, ...typeflowEngines];
  const size = options.smoke
    ? { runs: 200, repetitions: 1, warmUp: 0 }
    : { runs: Number(options.runs), repetitions: Number(options.repetitions), warmUp: 1_000 };
  const measurements = await measure({ engines, ...size });
  if (options.smoke) {
    process.stdout.write(
      `${engines.length} engines completed ${size.runs} runs, one after the other and 100 at a time\n`,
    );
    return;
  }
  process.stdout.write(`Node ${process.version}, ${size.runs} runs, medians of ${size.repetitions} repetitions\n\n`);
  process.stdout.write(`${table(measurements, flowcraftEngine.name)}\n`);
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  process.exitCode = 1;
});
