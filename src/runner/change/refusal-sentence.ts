import type { GraphDiff } from '../../graph/graph-change';
import type { Misfit } from '../../graph/misfit';
import type { Refusal } from './compatibility';

/**
 * Why code does not fit a run, as a sentence without the full stop.
 *
 * @param diff what is different in that code, if the graph is known with which the run began
 */
export function refusalSentence(why: Refusal, diff?: GraphDiff): string {
  switch (why.code) {
    case 'other-version':
      return `it was begun by version "${why.version}" of the code, and only ${versionsOf(why.versions)} is there`;
    case 'no-flow':
      return `there is no flow "${why.flow}" any more`;
    case 'sealed':
      return `its values could not be opened${why.problem === undefined ? '' : `: ${why.problem}`}`;
    default:
      return `${stateOf(why)}, ${misfit(why, diff)}`;
  }
}

export function versionsOf(versions: readonly string[]): string {
  const named = versions.map((version) => (version === 'none' ? 'code without a version' : `version "${version}"`));
  return named.join(' and ');
}

function stateOf({ node, isFinal }: Misfit): string {
  return isFinal ? `"${node}" is recorded` : `"${node}" had begun`;
}

/** What the difference of the graphs says of the node, where it is known; otherwise what its record alone tells. */
function misfit({ code, node }: Misfit, diff: GraphDiff | undefined): string {
  const said = diff?.changes.filter((change) =>
    change.code === 'renamed' ? change.before === node : change.node === node && !change.isHarmless,
  );
  if (code !== 'not-an-array' && said !== undefined && said.length > 0)
    return `and ${said.map(({ sentence }) => sentence).join(', ')}`;
  if (code === 'gone') return 'and is gone';
  if (code === 'changed') return 'and now has another kind or other edges';
  return 'and is mapped over now, but its value is no array';
}
