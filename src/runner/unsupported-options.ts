import type { TypeflowLogger } from '../core/logger';
import type { GraphNode } from '../graph/workflow-graph';
import type { DefinitionRegistry } from './definition-registry';

/** Says at start which options are understood but not carried out by this version, so that nobody relies on them. */
export function warnOfUnsupported(registry: DefinitionRegistry, logger: TypeflowLogger): void {
  for (const { graph } of registry.definitions) {
    for (const node of graph.nodes.values()) {
      for (const option of unsupportedOf(node)) {
        logger.warn(
          { workflow: graph.name, task: node.name, option },
          'this version does not carry out this option yet',
        );
      }
    }
  }
}

function unsupportedOf({ kind }: GraphNode): string[] {
  return kind === 'compensation' ? ['compensates'] : [];
}
