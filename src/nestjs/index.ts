export { TypeflowModule } from './typeflow-module';
export type { TypeflowModuleAsyncOptions, TypeflowModuleOptions } from './module-options';
export { NestContainer } from './nest-container';
