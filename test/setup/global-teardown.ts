import './global-setup';

/** jest calls this after failed tests too; a killed jest is noticed by the server itself. */
export = async function globalTeardown(): Promise<void> {
  await globalThis.typeflowTestPostgres?.stop();
};
