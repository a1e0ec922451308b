import { Inject, Injectable, Scope } from '@nestjs/common';
import { REQUEST } from '@nestjs/core';
import { Flow, Task, Workflow } from 'typeflow';
import type { TaskContext } from 'typeflow';

/** A provider of one module only: what is made elsewhere cannot have it. */
@Injectable()
export class Rates {
  readonly euro = 1.1;
}

@Injectable({ scope: Scope.REQUEST })
export class Session {
  static made = 0;
  lines = 0;

  constructor(@Inject(REQUEST) readonly request: unknown) {
    Session.made += 1;
  }
}

/** No provider itself: an instance for each attempt. */
@Workflow({ name: 'checkout' })
export class Checkout {
  static made = 0;

  constructor(
    private readonly rates: Rates,
    @Inject('currency') private readonly currency: string,
  ) {
    Checkout.made += 1;
  }

  @Task()
  async convert(euros: number): Promise<number> {
    return euros * this.rates.euro;
  }

  @Flow({ dependsOn: ['convert'] })
  async main(dollars: number, _ctx: TaskContext<number>): Promise<string> {
    return `${dollars.toFixed(2)} ${this.currency}`;
  }
}

/** Injects what is made for each request: of a run, for each attempt. */
@Workflow({ name: 'session' })
export class SessionWorkflow {
  constructor(
    readonly one: Session,
    readonly two: Session,
  ) {}

  @Task()
  async count(): Promise<number> {
    this.one.lines += 1;
    return this.two.lines;
  }

  @Flow({ dependsOn: ['count'] })
  async main(first: number, _ctx: TaskContext<void>): Promise<unknown[]> {
    this.one.lines += 1;
    return [first, this.two.lines, this.one.request];
  }
}

/** Counts its own calls in a field, which only an instance that is shared can. */
@Workflow({ name: 'counting' })
export class Counting {
  calls = 0;

  @Task()
  async first(): Promise<number> {
    return ++this.calls;
  }

  @Flow({ dependsOn: ['first'] })
  async main(first: number, _ctx: TaskContext<void>): Promise<number[]> {
    return [first, ++this.calls];
  }
}

@Workflow({ name: 'transient' })
@Injectable({ scope: Scope.TRANSIENT })
export class Transient extends Counting {}
