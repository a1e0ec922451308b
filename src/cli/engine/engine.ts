// What commands need of the engine, and with it TypeORM. Only ./load-engine imports this file.
export { createOperations } from '../../application/local-operations';
export { maintain, wholeSchemaSql } from '../../runner/maintenance/maintain';
export { WorkflowRunner } from '../../runner/workflow-runner';
