import type { Clock } from '../../core/clock';
import { ChildRuns } from './child-runs';
import type { Connection } from './connections/connection';
import { DispatchTable } from './dispatch-table';
import { GraphTable } from './graph-table';
import { HeldRunTable } from './held-run-table';
import type { StoreHints } from './hints/store-hints';
import { QueueTable } from './queue-table';
import { ReuseTable } from './reuse-table';
import { RunFeedTable } from './run-feed-table';
import { ScheduleTable } from './schedule-table';
import { SignalTable } from './signal-table';
import { buildDispatchStatements } from './sql/dispatch-statements';
import type { Statements } from './sql/statements';
import type { StatementSender } from './statement-sender';
import { TransactionTable } from './transaction-table';

/** Sends one statement. @param onRepeat called when it is sent though it may have taken effect before */
export type Send = <Row>(
  doing: string,
  sql: string,
  values: readonly unknown[],
  onRepeat?: () => void,
) => Promise<readonly Row[]>;

/** What the parts of the store send their statements with. */
export interface TableParts {
  readonly connection: Connection;
  readonly clock: Clock;
  readonly sql: Statements;
  readonly sender: StatementSender;
  readonly hints: StoreHints;
}

/** The parts of the store that have tables, or statements, of their own. */
export function createTables({ connection, clock, sql, sender, hints }: TableParts) {
  const { query, resender } = sender;
  const send: Send = (doing, text, values, onRepeat) => sender.send(doing, text, values, onRepeat);
  const sendOnce: Send = (doing, text, values) => sender.sendOnce(doing, text, values);
  const { schema } = sql;
  const { tell } = hints;
  return {
    dispatches: new DispatchTable(buildDispatchStatements(schema), { clock, query, send, sendOnce, tell }),
    reuses: new ReuseTable({ clock, query, resender, sql, hints }),
    transactions: new TransactionTable({ connection, clock, schema, query, resender, tell }),
    graphs: new GraphTable(schema, send),
    signals: new SignalTable(schema, send, tell),
    children: new ChildRuns(schema, send, tell),
    schedules: new ScheduleTable(schema, send, tell),
    feed: new RunFeedTable(schema, send),
    held: new HeldRunTable(schema, send, tell),
    queues: new QueueTable(schema, send),
  };
}
