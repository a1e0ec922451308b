// A diamond and a map: results arrive as arguments, in the order of dependsOn; independent tasks run side by side.
import { Flow, Task, Workflow, WorkflowRunner, all, each } from 'typeflow';
import type { TaskContext } from 'typeflow';

@Workflow()
class ReportWorkflow {
  @Task()
  async fetchNumbers(count: number): Promise<number[]> {
    return Array.from({ length: count }, (_, i) => i + 1);
  }

  @Task({ dependsOn: [each('fetchNumbers')] })
  async square(n: number): Promise<number> {
    return n * n;
  }

  @Task({ dependsOn: ['fetchNumbers'] })
  async sum(numbers: number[]): Promise<number> {
    return numbers.reduce((a, b) => a + b, 0);
  }

  @Task({ dependsOn: [all('square')] })
  async sumOfSquares(squares: number[]): Promise<number> {
    return squares.reduce((a, b) => a + b, 0);
  }

  @Flow({ dependsOn: ['sum', 'sumOfSquares'] })
  async main(sum: number, sumOfSquares: number, ctx: TaskContext<number>): Promise<string> {
    return `1 to ${ctx.input}: sum ${sum}, sum of squares ${sumOfSquares}`;
  }
}

async function main(): Promise<void> {
  const runner = await WorkflowRunner.create({ workflows: [ReportWorkflow], database: 'memory:' });
  console.log(await runner.run(ReportWorkflow, 'main', 10));
  await runner.close();
}

void main();
