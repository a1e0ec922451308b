/** Sends one statement with its bound values and returns the rows: the store's only way to the database. */
export type Query = <Row>(sql: string, values: readonly unknown[]) => Promise<readonly Row[]>;
