import { Client } from 'pg';

/** Every connection of this process bears its pid in its name, so that the audit can tell who writes. */
export function signConnections(): void {
  const prototype = Client.prototype as unknown as { connect: (...args: unknown[]) => unknown };
  const { connect } = prototype;
  prototype.connect = function (this: { connectionParameters: { application_name: string } }, ...args): unknown {
    const { connectionParameters } = this;
    connectionParameters.application_name = `${connectionParameters.application_name} ${process.pid}`;
    return connect.apply(this, args);
  };
}
