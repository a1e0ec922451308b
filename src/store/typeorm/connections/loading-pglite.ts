import { ConfigurationError } from '../../../core/errors/definition-error';
import { codeOf } from '../database-errors';

/** Node's word for an `import()` within a vm context that is not prepared for it, as jest's are. */
const NO_IMPORT_HERE = 'ERR_VM_DYNAMIC_IMPORT_CALLBACK_MISSING_FLAG';

/** Loads the embedded database, which is an ES module. @throws ConfigurationError within jest, unless Node was told to let it import modules */
export async function loadingPglite<Module>(load: () => Promise<Module>): Promise<Module> {
  try {
    return await load();
  } catch (error) {
    if (codeOf(error) !== NO_IMPORT_HERE) throw error;
    throw new ConfigurationError(
      'the embedded database cannot be loaded within jest: give this runner database: "memory:" or a PostgreSQL, ' +
        'or run jest with NODE_OPTIONS=--experimental-vm-modules',
      { cause: error },
    );
  }
}
