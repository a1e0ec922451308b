import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';

/** How long the pretended hotel takes, ms; a test makes it slower, to stop the process meanwhile. */
const LATENCY_MS = Number(process.env['BOOKING_LATENCY_MS'] ?? 50);

/** A service of somebody else's. */
@Injectable()
export class Hotel {
  async hold(room: string, _key: string): Promise<string> {
    await sleep(10);
    return `hold-${room}`;
  }

  async release(_hold: string): Promise<void> {
    await sleep(10);
  }

  async confirm(hold: string, signal: AbortSignal): Promise<string> {
    await sleep(LATENCY_MS, undefined, { signal });
    return hold.replace('hold', 'confirmed');
  }
}
