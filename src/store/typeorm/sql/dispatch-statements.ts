import { NODE_COLUMNS } from './columns';
import { abortCallsSql, releaseCallsSql, releaseWorkersCallsSql, removeCallsSql, sweepCallsSql } from './dispatch-end';
import { offerCallsSql } from './dispatch-offer';
import { findUpstreamSql, pollCallsSql } from './dispatch-poll';
import { recordCallsSql } from './dispatch-record';
import { listCallsSql, takeCallsSql } from './dispatch-take';

/** The statements of table `dispatch`, for one (quoted) schema. */
export type DispatchStatements = ReturnType<typeof buildDispatchStatements>;

export function buildDispatchStatements(s: string) {
  return {
    offer: offerCallsSql(s),
    poll: pollCallsSql(s),
    findUpstream: findUpstreamSql(s, NODE_COLUMNS),
    record: recordCallsSql(s),
    release: releaseCallsSql(s),
    list: listCallsSql(s),
    take: takeCallsSql(s),
    abort: abortCallsSql(s),
    remove: removeCallsSql(s),
    releaseAll: releaseWorkersCallsSql(s),
    sweep: sweepCallsSql(s),
  } as const;
}
