// What telemetry costs a run: the five-task diamond on the memory store, where the engine is all there is, without and with it.
// `npm run bench:telemetry` builds first, because the built package is what is measured: 'typeflow' is this package by its name.
//   --runs=N  --repetitions=N
import { parseArgs } from 'node:util';
import { BasicTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';
import type { SpanExporter } from '@opentelemetry/sdk-trace-base';
import { openTelemetry, prometheusMetrics } from 'typeflow/telemetry';
import type { Telemetry } from 'typeflow/telemetry';
import type { Engine } from '../memory/engine';
import { measure } from '../memory/measure';
import { table } from '../memory/table';
import { openDefined } from '../memory/typeflow-engines';

const { values: options } = parseArgs({
  options: { runs: { type: 'string', default: '5000' }, repetitions: { type: 'string', default: '7' } },
});

const OFF = 'no telemetry';

/** An exporter costs what it does with the spans; this one does nothing. */
const nowhere: SpanExporter = { export: (_spans, done) => done({ code: 0 }), shutdown: () => Promise.resolve() };

/** All spans, each handed over as it ends: none is dropped because a batch is full. */
function recording(): Telemetry {
  const tracerProvider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(nowhere)] });
  return openTelemetry({ tracerProvider, metrics: false });
}

const withTelemetry = (name: string, create: () => Telemetry | undefined): Engine => ({
  name,
  open: () => {
    const telemetry = create();
    return openDefined('60s', telemetry && { telemetry });
  },
});

const engines: readonly Engine[] = [
  withTelemetry(OFF, () => undefined),
  withTelemetry('prometheusMetrics()', () => prometheusMetrics().telemetry),
  withTelemetry('openTelemetry(), no SDK', () => openTelemetry()),
  withTelemetry('openTelemetry(), all spans', recording),
];

async function main(): Promise<void> {
  const [runs, repetitions] = [Number(options.runs), Number(options.repetitions)];
  const measurements = await measure({ engines, runs, repetitions, warmUp: 1_000 });
  process.stdout.write(`Node ${process.version}, ${runs} runs, medians of ${repetitions} repetitions\n\n`);
  process.stdout.write(`${table(measurements, OFF)}\n`);
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  process.exitCode = 1;
});
