// A user's NestJS program. check.mjs compiles it to CommonJS and to ESM against the packed tarball and NestJS 12, which is ESM only.
import { Inject, Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Flow, Workflow, WorkflowRunner } from 'typeflow';
import { TypeflowModule } from 'typeflow/nestjs';

@Injectable()
class Greeter {
  greet(name: string): string {
    return `Hello ${name}`;
  }
}

@Workflow({ name: 'greeting' })
class GreetingWorkflow {
  constructor(
    private readonly greeter: Greeter,
    @Inject('mark') private readonly mark: string,
  ) {}

  @Flow()
  async main(name: string): Promise<string> {
    return `${this.greeter.greet(name)}${this.mark}`;
  }
}

@Injectable()
class GreetingService {
  constructor(private readonly runner: WorkflowRunner) {}

  greet(name: string): Promise<string> {
    return this.runner.run(GreetingWorkflow, 'main', name);
  }
}

@Module({
  imports: [TypeflowModule.forFeature([GreetingWorkflow])],
  providers: [Greeter, GreetingService, { provide: 'mark', useValue: '!' }],
})
class GreetingModule {}

@Module({ imports: [TypeflowModule.forRoot({ database: 'memory:' }), GreetingModule] })
class AppModule {}

async function main(): Promise<void> {
  const app = await NestFactory.createApplicationContext(AppModule, { logger: ['warn', 'error'] });
  const greeting = await app.get(GreetingService).greet('Ann');
  const runner = app.get(WorkflowRunner);
  await app.close();
  const after = await runner.start(GreetingWorkflow, 'main', 'Bob').catch((error: { code: string }) => error.code);
  process.stdout.write(`${greeting} ${String(after)}\n`);
}

void main();
