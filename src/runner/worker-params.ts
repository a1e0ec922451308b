import type { TypeflowLogger } from '../core/logger';
import type { ContainerAdapter } from '../di/container-adapter';
import type { AttemptEnvironment } from '../execution/attempt-request';
import type { Store } from '../store/store';
import type { ClaimedRun } from '../store/worker-lease';
import type { SafeTelemetry } from '../telemetry/safe-telemetry';
import type { DefinitionRegistry } from './definition-registry';
import type { CallInterceptor } from './engine-seams';
import type { ExecutionEnd, RunNews } from './execution-host';
import type { WorkerSettings } from './worker-options';

/** What a worker is made of. */
export interface WorkerParams {
  readonly store: Store;
  readonly registry: DefinitionRegistry;
  readonly container: ContainerAdapter;
  readonly environment: AttemptEnvironment;
  readonly intercept?: CallInterceptor | undefined;
  /** Aborted when the process is to have died. */
  readonly death?: AbortSignal | undefined;
  readonly logger: TypeflowLogger;
  readonly telemetry?: SafeTelemetry | undefined;
  readonly settings: WorkerSettings;
  /** Default: nobody is told. */
  readonly news?: RunNews | undefined;
  /** A new UUID. */
  readonly newId: () => string;
  /** For people: host name and pid. */
  readonly label: string;
  /** Called when a run this worker had has ended here, in whatever way. */
  readonly onEnd: (run: ClaimedRun, end: ExecutionEnd) => void;
}
