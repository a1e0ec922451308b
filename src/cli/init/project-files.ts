/** The versions that the files are made for. */
export interface ProjectVersions {
  readonly typeflow: string;
  readonly peers: Readonly<Record<string, string>>;
}

/** The files of a small application, by their paths. */
export function projectFiles(name: string, versions: ProjectVersions): Readonly<Record<string, string>> {
  return {
    'package.json': `${JSON.stringify(manifest(name, versions), undefined, 2)}\n`,
    'tsconfig.json': `${JSON.stringify(TSCONFIG, undefined, 2)}\n`,
    'typeflow.config.ts': CONFIG,
    'src/greeting.workflow.ts': WORKFLOW,
    '.gitignore': 'node_modules/\ndist/\n.typeflow*\n',
  };
}

function manifest(name: string, { typeflow, peers }: ProjectVersions): object {
  const peer = (one: string): Readonly<Record<string, string>> => ({ [one]: peers[one] ?? '*' });
  return {
    name,
    version: '0.1.0',
    private: true,
    type: 'commonjs',
    scripts: {
      dev: 'typeflow dev',
      worker: 'typeflow worker',
      serve: 'typeflow serve',
      migrate: 'typeflow migrate up',
      typecheck: 'tsc --noEmit',
    },
    dependencies: {
      ...peer('@fastify/rate-limit'),
      ...peer('fastify'),
      ...peer('ts-node'),
      typeflow: `^${typeflow}`,
      ...peer('typescript'),
    },
    devDependencies: { '@types/node': '^20.19.0' },
  };
}

const TSCONFIG = {
  compilerOptions: {
    target: 'ES2022',
    module: 'Node16',
    moduleResolution: 'Node16',
    strict: true,
    experimentalDecorators: true,
    emitDecoratorMetadata: true,
    skipLibCheck: true,
    outDir: 'dist',
  },
  include: ['typeflow.config.ts', 'src'],
};

const CONFIG = `import { defineConfig } from 'typeflow';
import { GreetingWorkflow } from './src/greeting.workflow';

// Runs are kept in the folder .typeflow. With TYPEFLOW_DATABASE=postgres://… they are kept on a server, and any number of
// processes can work on them: typeflow worker, typeflow serve.
export default defineConfig({ workflows: [GreetingWorkflow] });
`;

const WORKFLOW = `import { Flow, Task, Workflow } from 'typeflow';
import type { TaskContext } from 'typeflow';

/** Asks a service that is busy at first, and greets in the language that it names. */
@Workflow({ name: 'greeting' })
export class GreetingWorkflow {
  @Task({ retries: { max: 3, backoff: 'exponential', initialDelay: '200ms' }, timeout: '5s' })
  async language(name: string, ctx: TaskContext<string>): Promise<'en' | 'de'> {
    if (ctx.attempt === 1) throw new Error('the language service is busy');
    return name.endsWith('a') ? 'de' : 'en';
  }

  @Task()
  async shout(name: string): Promise<string> {
    return name.toUpperCase();
  }

  @Flow({ dependsOn: ['language', 'shout'] })
  async main(language: 'en' | 'de', name: string, ctx: TaskContext<string>): Promise<string> {
    ctx.logger.info({ language }, 'greeting');
    return language === 'de' ? \`Hallo, \${name}!\` : \`Hello, \${name}!\`;
  }
}
`;
